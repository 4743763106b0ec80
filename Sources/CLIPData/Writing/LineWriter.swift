public import Foundation

/// Writes a text file that appears under its name only when it is complete.
public final class LineWriter {
  private let url: URL
  private let partial: URL
  private let handle: FileHandle
  private var buffer = Data()
  private var isFinished = false

  /// Starts a file beside its final place.
  ///
  /// - Parameter url: the final place; its folder is made if needed. A file there is replaced in the end.
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public init(_ url: URL) throws {
    self.url = url
    partial = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      guard FileManager.default.createFile(atPath: partial.path, contents: nil) else {
        throw DataError.unwritable(path: url.path, reason: "its folder does not allow new files")
      }
      handle = try FileHandle(forWritingTo: partial)
    } catch let error as DataError {
      throw error
    } catch {
      throw DataError.unwritable(path: url.path, reason: error.localizedDescription)
    }
  }

  deinit {
    if !isFinished {
      try? handle.close()
      try? FileManager.default.removeItem(at: partial)
    }
  }

  /// Adds a line; the line end is added.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public func write(_ line: String) throws { try write(Data(line.utf8)) }

  /// Adds bytes and a line end.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public func write(_ line: Data) throws {
    buffer.append(line)
    buffer.append(0x0A)
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Writes out everything and gives the file its name.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public func finish() throws {
    try flush()
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw DataError.unwritable(path: url.path, reason: error.localizedDescription)
    }
    guard rename(partial.path, url.path) == 0 else {
      throw DataError.unwritable(path: url.path, reason: String(cString: strerror(errno)))
    }
    isFinished = true
  }

  private func flush() throws {
    do { try handle.write(contentsOf: buffer) } catch {
      throw DataError.unwritable(path: url.path, reason: error.localizedDescription)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
