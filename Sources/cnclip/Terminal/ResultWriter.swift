import Files
import Foundation

/// Writes results to standard output, or to a file that appears only when it is complete.
final class ResultWriter {
  private enum Target {
    case file(AtomicFile)
    /// Standard output, a device or a pipe: written to, not replaced.
    case stream(FileHandle, name: String)
  }

  /// The file that is written; nil for standard output, a device or a pipe.
  let file: URL?
  private let target: Target
  private var buffer = Data()
  private var flushed = ContinuousClock.now
  /// Whoever reads along sees results this soon, and an interruption loses no more than this.
  private static let patience = Duration.milliseconds(300)

  /// - Parameter path: a file; standard output if absent.
  /// - Throws: ``CommandFailure`` when the file cannot be written.
  init(path: String?) throws {
    guard let path else {
      target = .stream(.standardOutput, name: "standard output")
      file = nil
      return
    }
    let url = URL(filePath: path).resolvingSymlinksInPath()
    let kind = try? FileManager.default.attributesOfItem(atPath: url.path)[.type]
    switch kind as? FileAttributeType {
    case nil, .typeRegular, .typeDirectory:
      target = .file(try AtomicFile(url))
      file = url
    default:
      guard let opened = FileHandle(forWritingAtPath: path) else {
        throw CommandFailure("cannot write \(path): may you write to it?")
      }
      target = .stream(opened, name: path)
      file = nil
    }
  }

  /// Adds bytes.
  func write(_ data: Data) throws {
    switch target {
    case .file(let file): try file.write(data)
    case .stream:
      buffer.append(data)
      if buffer.count >= 1 << 16 || ContinuousClock.now - flushed > Self.patience { try flush() }
    }
  }

  /// Adds one line.
  func line(_ text: String) throws {
    try write(Data(((isTerminal ? text.showingControlsInLines : text) + "\n").utf8))
  }

  /// Whether a person's terminal would obey what is written.
  private var isTerminal: Bool {
    if case .stream(let handle, _) = target { return isatty(handle.fileDescriptor) == 1 }
    return false
  }

  /// Hands everything over; a file gets its name now.
  func finish() throws {
    switch target {
    case .file(let file): try file.commit()
    case .stream: try flush()
    }
  }

  private func flush() throws {
    guard case .stream(let handle, let name) = target else { return }
    do {
      try handle.write(contentsOf: buffer)
    } catch {
      throw CommandFailure("cannot write \(name): \(SystemError.reason(error))")
    }
    buffer.removeAll(keepingCapacity: true)
    flushed = .now
  }
}
