package import Foundation

/// A lock between processes, held as long as this value lives, and freed by the system when its
/// holder dies.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Waits until nobody else holds the lock.
  ///
  /// - Parameters:
  ///   - file: the file that stands for the lock; made if it is not there.
  ///   - mode: the permissions of a new file, less the process's `umask`.
  /// - Throws: ``FileError/unwritable(path:reason:)`` where there can be no lock, as on a read-only
  ///   disk.
  package init(_ file: URL, mode: mode_t = 0o644) throws(FileError) {
    descriptor = try Self.open(file, mode)
    var code: Int32 = 0
    repeat { code = flock(descriptor, LOCK_EX) == 0 ? 0 : errno } while code == EINTR
    guard code == 0 else { throw .unwritable(path: file.path, reason: SystemError.reason(code)) }
  }

  /// Waits in small steps, between which something else may be done or the waiting given up.
  ///
  /// - Parameters:
  ///   - file: as above.
  ///   - mode: as above.
  ///   - pause: is called as long as another holds the lock: waits a little, or throws to give up.
  /// - Throws: ``FileError/unwritable(path:reason:)``, and what `pause` throws.
  package init(_ file: URL, mode: mode_t = 0o644, pause: () throws -> Void) throws {
    descriptor = try Self.open(file, mode)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw FileError.unwritable(path: file.path, reason: SystemError.reason())
      }
      try pause()
    }
  }

  deinit { close(descriptor) }

  private static func open(_ file: URL, _ mode: mode_t) throws(FileError) -> Int32 {
    let descriptor = Foundation.open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw .unwritable(path: file.path, reason: SystemError.reason())
    }
    return descriptor
  }
}
