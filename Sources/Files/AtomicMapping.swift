package import Foundation

/// A file of known size that is written through memory, and appears under its name when complete.
///
/// The memory stays after that, to be read. Its space is reserved first: writing into a mapped file on a full disk would end the process.
package final class AtomicMapping: Sendable {
  /// The file's bytes, zeros at first; whoever has made this writes them before anyone else reads.
  package nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer
  private let destination: String
  private let temporary: String
  private let descriptor: Int32

  /// Opens and maps the temporary file beside the destination.
  ///
  /// - Parameters:
  ///   - url: the file's final place.
  ///   - size: its bytes, at least one.
  ///   - mode: its permissions, less the process's `umask`.
  /// - Throws: ``FileError/unwritable(path:reason:)``.
  package init(_ url: URL, size: Int, mode: mode_t = 0o666) throws(FileError) {
    destination = url.path
    temporary = AtomicFile.temporaryName(for: url)
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw .unwritable(path: url.path, reason: SystemError.reason()) }
    var code = posix_fallocate(descriptor, 0, off_t(size))
    var address: UnsafeMutableRawPointer?
    if code == 0 {
      address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
      if address == MAP_FAILED { code = errno }
    }
    guard code == 0, let address else {
      close(descriptor)
      unlink(temporary)
      throw .unwritable(path: url.path, reason: SystemError.reason(code))
    }
    bytes = UnsafeMutableRawBufferPointer(start: address, count: size)
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
    // There is none by this name once it has its own.
    unlink(temporary)
  }

  /// Whether the file still has all its bytes: reading beyond its end would end the process.
  package var isWhole: Bool { MappedFile.size(of: descriptor) >= bytes.count }

  /// Flushes everything to the disk and gives the file its name.
  package func commit() throws(FileError) {
    guard msync(bytes.baseAddress, bytes.count, MS_SYNC) == 0,
      Durability.synchronize(descriptor), rename(temporary, destination) == 0
    else { throw .unwritable(path: destination, reason: SystemError.reason()) }
    Durability.synchronizeFolder(of: destination)
  }
}
