import Files
import Foundation

/// Where progress, warnings and summaries go, so that standard output holds results alone.
enum StandardError {
  /// Whether a person is looking at it.
  static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }

  /// Writes one line; what a terminal would obey is shown instead.
  static func line(_ text: String) {
    write(text.showingControls + "\n")
  }

  /// Writes text as it is.
  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
