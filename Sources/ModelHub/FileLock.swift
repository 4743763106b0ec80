internal import Foundation

/// Keeps two processes from writing to one folder; freed by the system when a process dies.
enum FileLock {
  /// Waits until nobody else holds the lock on a file, which is made if it is not there, and holds it
  /// while `body` runs.
  ///
  /// - Returns: what `body` returns.
  /// - Throws: ``HubError/cannotWrite(path:reason:)``; `CancellationError`; what `body` throws.
  static func hold<Value>(
    _ file: URL, cancellation: Cancellation, _ body: () throws -> Value
  ) throws -> Value {
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw HubError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw HubError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
      }
      try cancellation.sleep(seconds: 0.1)
    }
    return try body()
  }
}
