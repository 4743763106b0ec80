package import Foundation

/// A regular file, mapped into memory for reading.
///
/// Opening costs nothing per byte: pages are read when they are touched, and the system's cache
/// decides what stays. The mapping lives as long as the object. A file that another program shortens
/// meanwhile is the one thing that no reader of mapped files can survive.
package final class MappedFile: Sendable {
  /// The path as given, for messages.
  package let path: String
  /// The whole file; valid while the object is alive.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  /// The open file of one that is watched; -1 for others.
  private let descriptor: Int32

  /// Number of bytes.
  package var count: Int { bytes.count }

  /// Maps a file, which may be empty.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - isWatched: whether ``isWhole`` may be asked later; keeps the file open.
  /// - Throws: ``FileError/unreadable(path:reason:)``, also for what is not a regular file.
  package init(_ url: URL, isWatched: Bool = false) throws(FileError) {
    path = url.path
    // A pipe without a writer would make an ordinary opening wait for one.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: SystemError.reason())
    }
    var isKept = false
    defer { if !isKept { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: SystemError.reason())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(
        path: path, reason: isFolder ? "it is a folder" : "it is not a regular file")
    }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      self.descriptor = -1
      return
    }
    let size = Int(status.st_size)
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(path: path, reason: SystemError.reason())
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
    self.descriptor = isWatched ? descriptor : -1
    isKept = isWatched
  }

  /// Whether a watched file still has all its bytes: reading beyond its end would end the process.
  package var isWhole: Bool { descriptor < 0 || Self.size(of: descriptor) >= bytes.count }

  /// Bytes of an open file; -1 if it cannot be asked.
  static func size(of descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : -1
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    guard let address = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }

  /// A copy of the whole file.
  package func contents() -> Data { withExtendedLifetime(self) { Data(bytes) } }

  /// A part of the file, valid while this object is alive.
  package func bytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  /// Offset of the first `byte` in `range`, or nil.
  package func offset(of byte: UInt8, in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<bytes.count)
    guard let base = bytes.baseAddress, !range.isEmpty,
      let hit = memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(hit) - base
  }

  /// Gives the pages of a range back to the system; they are read again when touched.
  package func discard(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let lower = (range.lowerBound + page - 1) / page * page
    let upper = range.upperBound / page * page
    guard page > 0, lower < upper, let base = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + lower), upper - lower, MADV_DONTNEED)
  }
}
