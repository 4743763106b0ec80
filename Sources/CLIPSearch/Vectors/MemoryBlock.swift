import Foundation

/// A run of memory that one object owns: anonymous, or a file mapped into it.
///
/// It is written by the one who makes it before anyone else sees it, and only read afterwards.
package final class MemoryBlock: Sendable {
  nonisolated(unsafe) package let base: UnsafeMutableRawPointer
  package let size: Int
  /// The file that is mapped; -1 for anonymous memory.
  private let descriptor: Int32

  private init(base: UnsafeMutableRawPointer, size: Int, descriptor: Int32) {
    self.base = base
    self.size = size
    self.descriptor = descriptor
  }

  deinit {
    munmap(base, size)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether the file behind the block still has all its bytes: reading beyond its end would end
  /// the process.
  package var isWhole: Bool {
    guard descriptor >= 0 else { return true }
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_size >= size
  }

  /// Zeroed memory.
  package static func anonymous(size: Int) throws(SearchError) -> MemoryBlock {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    return try map(size: size, protection: PROT_READ | PROT_WRITE, flags: flags, descriptor: -1) {
      .unwritable(path: "a block of \(size) bytes in memory", reason: $0)
    }
  }

  /// A new file of the given size.
  ///
  /// Its space is reserved first: writing into a mapped file on a full disk would end the process.
  package static func newFile(at path: String, size: Int) throws(SearchError) -> MemoryBlock {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, PrivateFiles.fileMode)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    let failure = posix_fallocate(descriptor, 0, off_t(size))
    guard failure == 0 else { throw .unwritable(path: path, reason: systemReason(failure)) }
    return try map(
      size: size, protection: PROT_READ | PROT_WRITE, flags: MAP_SHARED, descriptor: descriptor
    ) { .unwritable(path: path, reason: $0) }
  }

  /// A file to read; `nil` if there is none, or it is empty or no plain file.
  package static func file(at path: String) -> MemoryBlock? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0
    else { return nil }
    return try? map(
      size: Int(status.st_size), protection: PROT_READ, flags: MAP_SHARED, descriptor: descriptor
    ) { .unwritable(path: path, reason: $0) }
  }

  /// Brings what was written to a mapped file onto the disk.
  package func flush(path: String) throws(SearchError) {
    guard msync(base, size, MS_SYNC) == 0 else {
      throw .unwritable(path: path, reason: systemReason())
    }
  }

  private static func map(
    size: Int, protection: Int32, flags: Int32, descriptor: Int32,
    failure: (String) -> SearchError
  ) throws(SearchError) -> MemoryBlock {
    guard let base = mmap(nil, max(size, 1), protection, flags, descriptor, 0),
      base != MAP_FAILED
    else { throw failure(systemReason()) }
    // The caller closes its own descriptor.
    return MemoryBlock(
      base: base, size: max(size, 1),
      descriptor: descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
  }
}

/// What the operating system says about its last error.
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
