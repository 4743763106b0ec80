package import Foundation

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file of the same folder; ``commit()`` flushes it to the disk, renames it
/// and flushes the folder. Whatever fails before that, a full disk for one, leaves the name as it was
/// and nothing beside it.
package final class AtomicFile {
  private let destination: String
  private let temporary: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  /// Bytes written so far.
  package private(set) var offset = 0

  private static let bufferSize = 1 << 18

  /// Opens the temporary file beside the destination.
  ///
  /// - Parameters:
  ///   - url: the file's final place; a link there is replaced, not followed.
  ///   - mode: its permissions, less the process's `umask`.
  ///   - makesFolder: whether its folder is made where it is missing.
  /// - Throws: ``FileError/unwritable(path:reason:)``, also for a folder of that name.
  package init(
    _ url: URL, mode: mode_t = 0o666, makesFolder: Bool = false
  ) throws(FileError) {
    destination = url.path
    temporary = Self.temporaryName(for: url)
    descriptor = -1
    var status = stat()
    if lstat(destination, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw failure(EISDIR)
    }
    if makesFolder {
      do {
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      } catch { throw .unwritable(path: destination, reason: SystemError.reason(error)) }
    }
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw failure() }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// A name for what is not complete yet, beside its final place: hidden, ending in `.partial`, short
  /// enough for every file system.
  static func temporaryName(for url: URL) -> String {
    let name = String(url.lastPathComponent.unicodeScalars.prefix(40))
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    return url.deletingLastPathComponent().path + "/.\(name).\(number).partial"
  }

  /// Appends bytes; small ones are gathered.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count > Self.bufferSize {
      try drain(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
    offset += bytes.count
  }

  /// Appends bytes.
  package func write(_ bytes: some ContiguousBytes) throws(FileError) {
    let result: Result<Void, FileError> = bytes.withUnsafeBytes { bytes in
      do throws(FileError) { return .success(try write(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Appends a text in UTF-8.
  package func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Appends a text and a line end.
  package func writeLine(_ text: String) throws(FileError) { try write(Array(text.utf8) + [0x0A]) }

  /// Replaces bytes that were written before.
  package func overwrite(_ bytes: [UInt8], at position: Int) throws(FileError) {
    try flush()
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, position) }
    guard written == bytes.count else { throw failure(written < 0 ? errno : ENOSPC) }
  }

  /// Flushes everything to the disk, looks whether all of it is there, and gives the file its name.
  ///
  /// - Parameter isDurable: whether it is on the disk on return; no need for what can be made again.
  /// - Throws: ``FileError/unwritable(path:reason:)``; then the name is as it was.
  package func commit(isDurable: Bool = true) throws(FileError) {
    try flush()
    if isDurable { try synchronize(descriptor) }
    // Some network file systems say yes to what they do not keep.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_size == offset else {
      throw .unwritable(
        path: destination, reason: "of \(offset) bytes written \(status.st_size) are there")
    }
    guard rename(temporary, destination) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    if isDurable { Durability.synchronizeFolder(of: destination) }
  }

  private func flush() throws(FileError) {
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    let result: Result<Void, FileError> = bytes.withUnsafeBytes { bytes in
      do throws(FileError) { return .success(try drain(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }

  private func drain(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      rest = rest.dropFirst(count)
    }
  }

  private func synchronize(_ descriptor: Int32) throws(FileError) {
    guard Durability.synchronize(descriptor) else { throw failure() }
  }

  private func failure(_ code: Int32 = errno) -> FileError {
    .unwritable(path: destination, reason: SystemError.reason(code))
  }
}
