import Foundation

/// What makes a change survive a power cut: the bytes of a file first, then the name in its folder.
enum Durability {
  /// Flushes an open file or folder to the disk.
  ///
  /// - Returns: whether it is there, as far as the file system can say: some cannot.
  static func synchronize(_ descriptor: Int32) -> Bool {
    fsync(descriptor) == 0 || [EINVAL, ENOSYS, ENOTSUP].contains(errno)
  }

  /// Flushes the names in the folder that holds `path`, where the file system can.
  static func synchronizeFolder(of path: String) {
    _ = synchronize(path: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Flushes all files and folders below a folder, and itself.
  ///
  /// - Throws: ``FileError/unwritable(path:reason:)``.
  static func synchronizeTree(_ folder: URL) throws(FileError) {
    let names = FileManager.default.enumerator(atPath: folder.path)
    for case let name as String in names ?? .init() {
      try require(folder.path + "/" + name)
    }
    try require(folder.path)
  }

  private static func require(_ path: String) throws(FileError) {
    guard synchronize(path: path) else {
      throw .unwritable(path: path, reason: SystemError.reason())
    }
  }

  private static func synchronize(path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    // A link has no bytes of its own.
    guard descriptor >= 0 else { return errno == ELOOP }
    defer { close(descriptor) }
    return synchronize(descriptor)
  }
}
