import Foundation

/// Where targets that read files put them: in memory where the system has such a folder.
enum ScratchFolder {
  /// The folder of this process; goes with it unless it crashes.
  private static let url: URL = {
    let memory = URL(filePath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    atexit { try? FileManager.default.removeItem(at: ScratchFolder.url) }
    return base.appending(path: "cnclip-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  }()

  /// A path of a target's own.
  static func path(_ name: String) -> URL { url.appending(path: name) }

  /// Writes a file, with the folders that its name asks for.
  @discardableResult
  static func write(_ bytes: UnsafeRawBufferPointer, _ name: String) throws -> URL {
    let file = path(name)
    var stream = fopen(file.path, "wb")
    if stream == nil {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      stream = fopen(file.path, "wb")
    }
    guard let stream else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(stream) }
    guard fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count else {
      throw CocoaError(.fileWriteUnknown)
    }
    return file
  }
}
