import CLIPData
import Files
import Foundation

/// Makes the files of a shard from its rows and its journal: pictures in the order of the list, equal
/// bytes for equal answers.
struct ShardAssembly: Sendable {
  let place: ShardPlace
  let rows: [ListRow]
  /// Names of the further columns.
  let columns: [String]

  /// How many rows of a shard came, and why the others did not.
  struct Counts: Sendable, Equatable {
    var rows = 0
    var successes = 0
    var causes: [String: Int] = [:]
    var failedToResize = 0
  }

  /// Writes archive, rows and statistics, in this order, and removes the journal.
  ///
  /// - Parameters:
  ///   - start: when the shard was begun.
  ///   - end: when its last row came.
  /// - Returns: what came.
  /// - Throws: ``FetchError``.
  func write(start: Date, end: Date) throws -> Counts {
    let (places, _) = try ShardJournal.places(in: place.journal)
    let file = try FetchError.wrapping { try MappedFile(place.journal) }
    var counts = Counts(rows: rows.count)
    try FetchError.wrapping {
      let archive = try TarWriter(place.archive)
      let side = try AtomicFile(place.rows)
      for (index, row) in rows.enumerated() {
        guard let found = places[index] else {
          throw FetchError.damaged(
            path: place.journal.path, problem: "row \(index) is missing; remove it to begin again")
        }
        let key = place.key(index)
        let line = "{\(fields(key, row, found.result))}"
        try side.writeLine(line)
        counts.causes[found.result.words, default: 0] += 1
        guard found.result.isSuccess else {
          if found.result.status == "failed_to_resize" { counts.failedToResize += 1 }
          continue
        }
        counts.successes += 1
        try archive.append(
          "\(key).\(found.result.ending ?? "jpg")", file.bytes(in: found.picture))
        try archive.append("\(key).json", Data(line.utf8))
        if let caption = row.caption {
          try archive.append("\(key).txt", Data(caption.utf8))
        }
      }
      try archive.finish()
      try side.commit()
      let statistics = try AtomicFile(place.statistics)
      try statistics.writeLine(Self.json(counts, start: start, end: end))
      try statistics.commit()
    }
    guard unlink(place.journal.path) == 0 else {
      throw FetchError.unwritable(path: place.journal.path, reason: SystemError.reason())
    }
    return counts
  }

  private func fields(_ key: String, _ row: ListRow, _ result: RowResult) -> String {
    var fields = "\"key\": \(PythonJSON.string(key)), \"url\": \(PythonJSON.string(row.address))"
    fields += ", \"caption\": \(row.caption.map { PythonJSON.string($0) } ?? "null")"
    for (name, value) in zip(columns, row.columns) {
      fields += ", \(PythonJSON.string(name)): \(value)"
    }
    return fields + ", " + result.fields
  }

  private static func json(_ counts: Counts, start: Date, end: Date) -> String {
    let causes = counts.causes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(PythonJSON.string($0.key)): \($0.value)" }
    let failed = counts.rows - counts.successes - counts.failedToResize
    return """
      {"count": \(counts.rows), "successes": \(counts.successes), \
      "failed_to_download": \(failed), "failed_to_resize": \(counts.failedToResize), \
      "duration": \(end.timeIntervalSince(start)), \
      "start_time": \(start.timeIntervalSince1970), "end_time": \(end.timeIntervalSince1970), \
      "status_dict": {\(causes.joined(separator: ", "))}}
      """
  }

  /// Reads the statistics of a shard that is complete.
  static func counts(in url: URL) throws(FetchError) -> Counts {
    struct Statistics: Decodable {
      let count: Int
      let successes: Int
      let failedToResize: Int
      let causes: [String: Int]

      enum CodingKeys: String, CodingKey {
        case count, successes
        case failedToResize = "failed_to_resize"
        case causes = "status_dict"
      }
    }
    do {
      let data = try Data(contentsOf: url)
      let read = try JSONDecoder().decode(Statistics.self, from: data)
      return Counts(
        rows: read.count, successes: read.successes, causes: read.causes,
        failedToResize: read.failedToResize)
    } catch {
      throw .damaged(
        path: url.path, problem: "its statistics cannot be read; remove it to make the shard again")
    }
  }

  /// Makes a journal of what succeeded in a complete shard, so that the other rows are asked for again.
  ///
  /// - Returns: false if there is nothing to ask for.
  static func reopen(_ place: ShardPlace) throws -> Bool {
    let side = try FetchError.wrapping { try MappedFile(place.rows) }
    let archive = try FetchError.wrapping { try MappedFile(place.archive) }
    var results: [(Int, RowResult)] = []
    var failures = 0
    var index = 0
    try side.forEachLine { line in
      let result = try RowResult(json: side.bytes(in: line.range))
      if result.isSuccess { results.append((index, result)) } else { failures += 1 }
      index += 1
    }
    guard failures > 0 else { return false }
    var pictures: [String: TarEntry] = [:]
    for sample in try TarSample.samples(in: archive) {
      if let picture = sample.picture { pictures[sample.key] = picture }
    }
    let temporary = place.journal.appendingPathExtension("partial")
    try? FileManager.default.removeItem(at: temporary)
    let journal = try ShardJournal(temporary)
    for (row, result) in results {
      guard let picture = pictures[place.key(row)] else {
        throw FetchError.damaged(
          path: place.archive.path, problem: "the picture \(place.key(row)) is missing")
      }
      try journal.append(row, result, picture: Data(archive.bytes(in: picture.range)))
    }
    guard rename(temporary.path, place.journal.path) == 0 else {
      throw FetchError.unwritable(path: place.journal.path, reason: SystemError.reason())
    }
    return true
  }
}
