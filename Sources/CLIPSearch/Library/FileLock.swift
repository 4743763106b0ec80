import Foundation

/// A lock between processes that goes away by itself when its holder does.
struct FileLock {
  private let descriptor: Int32

  /// Waits until the lock is free.
  ///
  /// - Returns: `nil` where there can be no lock, as on a read-only disk.
  init?(path: String) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, PrivateFiles.fileMode)
    guard descriptor >= 0 else { return nil }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        close(descriptor)
        return nil
      }
    }
  }

  /// Lets the next one in.
  func unlock() { close(descriptor) }
}
