import Foundation

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file of the same folder; ``commit()`` flushes it to the disk and renames
/// it. Whatever fails before that, a full disk for one, leaves the name as it was.
final class AtomicFile {
  private let destination: String
  private let temporary: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  /// Bytes written so far.
  private(set) var offset = 0

  /// Opens the temporary file beside the destination.
  init(_ url: URL) throws {
    destination = url.path
    let folder = url.deletingLastPathComponent().path
    temporary = "\(folder)/.\(url.lastPathComponent).\(UUID().uuidString).partial"
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure() }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  private static let bufferSize = 1 << 18

  private func failure() -> CheckpointError {
    .cannotWrite(path: destination, reason: lastSystemError())
  }

  /// Appends bytes; small ones are gathered.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count > Self.bufferSize {
      try drain(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
    offset += bytes.count
  }

  /// Appends bytes of an array.
  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Replaces bytes that were written before.
  func overwrite(_ bytes: [UInt8], at position: Int) throws {
    try flush()
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, position) }
    guard written == bytes.count else { throw failure() }
  }

  /// Flushes everything to the disk and gives the file its name.
  func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 else { throw failure() }
    guard rename(temporary, destination) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    synchronizeFolder(of: destination)
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try drain($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func drain(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      rest = rest.dropFirst(count)
    }
  }
}

/// Makes a rename in a folder survive a power cut, where the file system can.
func synchronizeFolder(of path: String) {
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
  let descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
