import Foundation

/// Where progress, warnings and summaries go, so that standard output holds results alone.
enum StandardError {
  /// Whether a person is looking at it.
  static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }

  /// Writes one line.
  static func line(_ text: String) {
    write(text + "\n")
  }

  /// Writes text as it is.
  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
