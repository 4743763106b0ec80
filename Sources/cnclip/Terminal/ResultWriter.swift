import Foundation

/// Writes results to standard output, or to a file that appears only when it is complete.
final class ResultWriter {
  private let handle: FileHandle
  private let name: String
  private let target: URL?
  private let temporary: URL?
  private var buffer = Data()

  /// - Parameter path: a file; standard output if absent.
  /// - Throws: ``CommandFailure`` when the file cannot be written.
  init(path: String?) throws {
    name = path ?? "standard output"
    guard let path else {
      handle = .standardOutput
      target = nil
      temporary = nil
      return
    }
    let target = URL(filePath: path).resolvingSymlinksInPath()
    // A device or a pipe is written to, not replaced.
    let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type]
    if let kind = kind as? FileAttributeType, kind != .typeRegular {
      guard let opened = FileHandle(forWritingAtPath: path) else {
        throw CommandFailure("cannot write \(path): is it a file, and may you write to it?")
      }
      handle = opened
      self.target = nil
      temporary = nil
      return
    }
    let temporary = target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
      throw CommandFailure("cannot write \(path): is its folder there, and may you write in it?")
    }
    handle = try FileHandle(forWritingTo: temporary)
    self.target = target
    self.temporary = temporary
  }

  deinit {
    if let temporary { try? FileManager.default.removeItem(at: temporary) }
  }

  /// Adds bytes.
  func write(_ data: Data) throws {
    buffer.append(data)
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Adds one line.
  func line(_ text: String) throws {
    try write(Data((text + "\n").utf8))
  }

  /// Hands everything over; a file gets its name now.
  func finish() throws {
    try flush()
    guard let target, let temporary else { return }
    try handle.synchronize()
    try handle.close()
    guard rename(temporary.path, target.path) == 0 else {
      throw CommandFailure("cannot write \(target.path): \(String(cString: strerror(errno)))")
    }
  }

  private func flush() throws {
    do {
      try handle.write(contentsOf: buffer)
    } catch {
      throw CommandFailure(
        "cannot write \(name): \(error.localizedDescription)")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
