import Files
import Foundation

/// The lines of a file or of standard input.
struct TextLines {
  /// The texts, empty lines included.
  let lines: [String]

  /// - Parameter path: a file, or `-` for standard input.
  /// - Throws: `FileError` when it cannot be read, or is not UTF-8.
  init(path: String) throws {
    let file = try path == "-" ? TextFile.standardInput() : TextFile(URL(filePath: path))
    lines = file.lines()
  }

  /// The lines that are not blank, without blanks at both ends: a list of words.
  var words: [String] {
    lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The texts in groups, so that results can be written as they come.
  func chunks(of size: Int) -> [[String]] {
    stride(from: 0, to: lines.count, by: size).map {
      Array(lines[$0..<min($0 + size, lines.count)])
    }
  }
}

/// Says once how many texts were cut.
enum TruncationWarning {
  static func show(count: Int, contextLength: Int) {
    guard count > 0 else { return }
    StandardError.line(
      "warning: \(count) \(count == 1 ? "text was" : "texts were") cut to \(contextLength - 2) "
        + "tokens; --context-length takes up to 512")
  }
}
