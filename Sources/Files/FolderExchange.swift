import Foundation

/// Two folders that change places in one step.
enum FolderExchange {
  /// Exchanges two folders of one file system.
  ///
  /// - Throws: ``FileError/unwritable(path:reason:)`` about the second.
  static func exchange(_ first: URL, _ second: URL) throws(FileError) {
    let code = swapNames(first.path, second.path)
    switch code {
    case 0: return
    case EINVAL, ENOSYS, ENOTSUP: break
    default: throw .unwritable(path: second.path, reason: SystemError.reason(code))
    }
    // A file system that cannot exchange: the name is missing for an instant, and an interruption
    // in it leaves the old folder under its temporary name.
    let aside = second.deletingLastPathComponent()
      .appending(path: ".\(second.lastPathComponent).old")
    try? FileManager.default.removeItem(at: aside)
    try rename(second, to: aside, named: second)
    try rename(first, to: second, named: second)
    try? FileManager.default.removeItem(at: aside)
  }

  private static func rename(
    _ source: URL, to destination: URL, named: URL
  ) throws(FileError) {
    guard Foundation.rename(source.path, destination.path) == 0 else {
      throw .unwritable(path: named.path, reason: SystemError.reason())
    }
  }

  /// Exchanges two names in one step.
  ///
  /// - Returns: 0, or the system's error number.
  private static func swapNames(_ first: String, _ second: String) -> CInt {
    #if canImport(Darwin)
      return renamex_np(first, second, UInt32(RENAME_SWAP)) == 0 ? 0 : errno
    #else
      // Glibc declares it for GNU programs alone, and Swift's view of the library is not one.
      typealias Rename =
        @convention(c) (
          CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt
        ) -> CInt
      guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "renameat2") else { return ENOSYS }
      let rename = unsafeBitCast(symbol, to: Rename.self)
      let exchange: CUnsignedInt = 2
      return rename(AT_FDCWD, first, AT_FDCWD, second, exchange) == 0 ? 0 : errno
    #endif
  }
}
