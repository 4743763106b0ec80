import Foundation

/// The files of one shard, named as img2dataset names them.
struct ShardPlace: Sendable {
  let number: Int
  /// `00042`.
  let name: String
  private let folder: URL
  private let rowDigits: Int

  init(_ number: Int, _ settings: FetchSettings) {
    self.number = number
    folder = settings.output
    name = Self.padded(number, settings.shardDigits)
    rowDigits = String(max(1, settings.rowsPerShard - 1)).count
  }

  var archive: URL { folder.appending(path: "\(name).tar") }
  var rows: URL { folder.appending(path: "\(name).jsonl") }
  /// Written last: the shard is complete when it is there and the journal is not.
  var statistics: URL { folder.appending(path: "\(name)_stats.json") }
  var journal: URL { folder.appending(path: "\(Self.workName)/\(name).journal") }

  /// The folder of what is not complete yet.
  static let workName = ".work"

  var isComplete: Bool {
    exists(statistics) && !exists(journal)
  }

  /// The key of a row: the shard's number, then the row's.
  func key(_ row: Int) -> String { name + Self.padded(row, rowDigits) }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
