package import Foundation

/// A regular file, mapped into memory for reading.
///
/// Pages are read when they are touched, so opening a checkpoint costs nothing per byte. The
/// mapping lives as long as the object; a file that another program shortens meanwhile is the one
/// thing that no reader of mapped files can survive.
package final class MappedFile: Sendable {
  /// The path that was opened, for messages.
  package let path: String
  /// The whole file.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  /// - Throws: ``CheckpointError/cannotOpen(path:reason:)``, also for what is not a regular file.
  package init(_ url: URL) throws {
    path = url.path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError.cannotOpen(path: path, reason: lastSystemError())
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError.cannotOpen(path: path, reason: lastSystemError())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError.cannotOpen(path: path, reason: "it is not a regular file")
    }
    guard let size = Int(exactly: status.st_size), size > 0 else {
      throw CheckpointError.cannotOpen(path: path, reason: "it is empty")
    }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw CheckpointError.cannotOpen(path: path, reason: lastSystemError())
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// Gives the pages of a range back to the system; they are read again when touched.
  func discard(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let lower = (range.lowerBound + page - 1) / page * page
    let upper = range.upperBound / page * page
    guard page > 0, lower < upper, let base = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + lower), upper - lower, MADV_DONTNEED)
  }
}

/// The operating system's word for the last failed call.
func lastSystemError() -> String { String(cString: strerror(errno)) }
