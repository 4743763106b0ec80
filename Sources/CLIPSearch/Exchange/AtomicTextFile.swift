import Foundation

/// A text file that appears under its name only when it is complete.
final class AtomicTextFile {
  private let path: String
  private let temporary: String
  private var file: UnsafeMutablePointer<FILE>?

  init(path: String) throws(SearchError) {
    self.path = path
    temporary = path + ".\(ProcessInfo.processInfo.processIdentifier).part"
    // Where it cannot be made, opening the file says why.
    try? FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    file = fopen(temporary, "w")
    guard file != nil else { throw .unwritable(path: path, reason: systemReason()) }
  }

  deinit {
    guard let file else { return }
    fclose(file)
    unlink(temporary)
  }

  /// Writes a line.
  func write(_ line: String) throws(SearchError) { try write(bytes: Array((line + "\n").utf8)) }

  func write(bytes: [UInt8]) throws(SearchError) {
    guard let file, fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw .unwritable(path: path, reason: systemReason())
    }
  }

  /// Gives the file its name.
  func finish() throws(SearchError) {
    guard let file else { return }
    self.file = nil
    let isWritten = fflush(file) == 0 && fsync(fileno(file)) == 0
    let reason = systemReason()
    guard fclose(file) == 0, isWritten, rename(temporary, path) == 0 else {
      unlink(temporary)
      throw .unwritable(path: path, reason: isWritten ? systemReason() : reason)
    }
  }
}
