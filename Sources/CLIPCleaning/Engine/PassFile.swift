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

  /// Writes the file.
  func write(to url: URL) throws {
    let trailer = String(
      decoding: try JSONEncoder().encode(Trailer(changed: changed, changes: changes)),
      as: UTF8.self)
    try CleaningError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      for row in dropped { try file.writeLine(row.line) }
      try file.writeLine(trailer)
      try file.commit(isDurable: false)
    }
  }

  init() {}

  /// Reads a file; nil where there is none.
  ///
  /// - Throws: ``CleaningError`` for one that is not sound.
  init?(_ url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try CleaningError.wrapping { try MappedFile(url) }
    var lines: [FileLine] = []
    file.forEachLine { lines.append($0) }
    do {
      guard let last = lines.popLast() else { return nil }
      let trailer = try JSONDecoder().decode(
        Trailer.self, from: Data(file.bytes(in: last.range)))
      changed = trailer.changed
      changes = trailer.changes
      dropped = try lines.map { try DroppedRow(file.bytes(in: $0.range)) }
    } catch {
      throw CleaningError.unreadable(
        path: url.path, reason: "it is no state of a cleaning; remove it: \(error)")
    }
  }

  /// Copies the lines about rows left out to another file.
  static func copyRows(from url: URL, to output: AtomicFile) throws(FileError) {
    let file = try MappedFile(url)
    // The last line is about changes.
    let end = file.bytes.dropLast().lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    try output.write(file.bytes(in: 0..<end))
  }
}
