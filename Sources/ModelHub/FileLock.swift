internal import Foundation

/// Keeps two processes from writing to one folder; freed by the system when a process dies.
final class FileLock {
  private let descriptor: CInt

  /// Waits until nobody else holds the lock on a file, which is made if it is not there.
  ///
  /// - Throws: ``HubError/cannotWrite(path:reason:)``; `CancellationError`.
  init(_ file: URL, cancellation: Cancellation) throws {
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw HubError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
    }
    self.descriptor = descriptor
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw HubError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
      }
      try cancellation.sleep(seconds: 0.1)
    }
  }

  deinit { close(descriptor) }
}
