package import Foundation

/// A file mapped read-only into memory.
///
/// Opening costs nothing, and the system's file cache decides what stays there. The mapping lives as long as this object.
package final class MappedFile: Sendable {
  /// The path as given, for messages.
  package let path: String

  /// The file's bytes.
  ///
  /// Valid while this object is alive: keep it in a variable while using them.
  nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer

  /// Number of bytes.
  package var count: Int { bytes.count }

  /// Maps a file.
  ///
  /// - Parameter url: a regular file; an empty one is allowed.
  /// - Throws: ``DataError/unreadable(path:reason:)``.
  package init(_ url: URL) throws(DataError) {
    path = url.path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DataError.unreadable(path: path, reason: Self.reason(errno))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw DataError.unreadable(path: path, reason: Self.reason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError.unreadable(path: path, reason: "it is not a regular file")
    }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw DataError.unreadable(path: path, reason: Self.reason(errno))
    }
    bytes = UnsafeRawBufferPointer(start: address, count: Int(status.st_size))
  }

  deinit {
    if let address = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    }
  }

  /// A copy of the whole file.
  package func contents() -> Data { withExtendedLifetime(self) { Data(bytes) } }

  /// Offset of the first `byte` in `range`, or nil.
  package func offset(of byte: UInt8, in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<bytes.count)
    guard let base = bytes.baseAddress, !range.isEmpty,
      let hit = memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(hit) - base
  }

  /// Line, counted from 1, in which a byte lies.
  ///
  /// Counts from the start: for messages only.
  package func lineNumber(at offset: Int) -> Int {
    var line = 1
    var position = 0
    while let newline = self.offset(of: 0x0A, in: position..<offset) {
      line += 1
      position = newline + 1
    }
    return line
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }
}
