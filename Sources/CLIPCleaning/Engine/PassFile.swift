import Files
import Foundation

/// What one reading of one part found, in a file that is there when it is complete: a line for each row
/// left out, and a last line about the texts that were changed.
struct PassFile: Sendable {
  /// Rows left out.
  var dropped: [DroppedRow] = []
  /// How many texts each step changed, by its number.
  var changed: [String: Int] = [:]
  /// Some of them.
  var changes: [ChangedText] = []

  private struct Trailer: Codable {
    let changed: [String: Int]
    let changes: [ChangedText]
  }

  init() {}

  /// Writes the file.
  func write(to url: URL) throws {
    try Self.write(to: url, Trailer(changed: changed, changes: changes)) { add in
      for row in dropped { try add(row) }
    }
  }

  /// Writes a file of rows as they come.
  static func write(
    to url: URL, rows: (_ add: (DroppedRow) throws -> Void) throws -> Void
  ) throws {
    try write(to: url, Trailer(changed: [:], changes: []), rows: rows)
  }

  private static func write(
    to url: URL, _ trailer: Trailer, rows: (_ add: (DroppedRow) throws -> Void) throws -> Void
  ) throws {
    let trailer = String(decoding: try JSONEncoder().encode(trailer), as: UTF8.self)
    try CleaningError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      try rows { try file.writeLine($0.line) }
      try file.writeLine(trailer)
      try file.commit(isDurable: false)
    }
  }

  /// Reads a file; nil where there is none.
  ///
  /// - Throws: ``CleaningError`` for one that is not sound.
  init?(_ url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    var rows: [DroppedRow] = []
    let trailer = try Self.read(url) { rows.append($0) }
    dropped = rows
    changed = trailer.changed
    changes = trailer.changes
  }

  /// Calls `body` for each row of a file.
  ///
  /// - Throws: ``CleaningError`` for one that is not sound, and what `body` throws.
  static func forEachRow(of url: URL, _ body: (DroppedRow) throws -> Void) throws {
    _ = try read(url, body)
  }

  private static func read(_ url: URL, _ body: (DroppedRow) throws -> Void) throws -> Trailer {
    let file = try CleaningError.wrapping { try MappedFile(url) }
    var trailer: Trailer?
    try file.forEachLine { line in
      do {
        if line.range.upperBound + 1 >= file.count {
          trailer = try JSONDecoder().decode(
            Trailer.self, from: Data(file.bytes(in: line.range)))
        } else {
          try body(DroppedRow(file.bytes(in: line.range)))
        }
      } catch {
        throw damage(url, "\(error)")
      }
    }
    guard let trailer else { throw damage(url, "it is cut off") }
    return trailer
  }

  private static func damage(_ url: URL, _ reason: String) -> CleaningError {
    .unreadable(path: url.path, reason: "it is no state of a cleaning, remove it: \(reason)")
  }

  /// Copies the lines about rows left out to another file.
  static func copyRows(from url: URL, to output: AtomicFile) throws(FileError) {
    let file = try MappedFile(url)
    // The last line is about changes.
    let end = file.bytes.dropLast().lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    try output.write(file.bytes(in: 0..<end))
  }
}
