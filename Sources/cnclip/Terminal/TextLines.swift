import Foundation

/// The lines of a file or of standard input; only byte 0x0A ends a line.
struct TextLines {
  /// The texts, empty lines included.
  let lines: [String]

  /// - Parameter path: a file, or `-` for standard input.
  /// - Throws: ``CommandFailure`` when the file cannot be read.
  init(path: String) throws {
    let data: Data
    if path == "-" {
      data = try FileHandle.standardInput.readToEnd() ?? Data()
    } else {
      do {
        data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
      } catch {
        throw CommandFailure("cannot read \(path): is it there, and a file that you may read?")
      }
    }
    var lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    self.lines = lines.map { String(decoding: $0, as: UTF8.self) }
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
