package import Foundation

/// Puts a complete folder in another's place in one step, so that whoever looks, even after a power
/// cut in the middle, finds the old one or the new one.
package enum FolderExchange {
  /// Fills a temporary folder and gives it its name.
  ///
  /// - Parameters:
  ///   - destination: the folder wanted; what was there before is removed afterwards.
  ///   - fill: writes into the temporary folder.
  /// - Throws: ``TrainingError/cannotWrite(path:reason:)``, and what the closure throws.
  package static func replace(_ destination: URL, filling fill: (URL) throws -> Void) throws {
    let files = FileManager.default
    let parent = destination.deletingLastPathComponent()
    let temporary = parent.appending(
      path: ".\(destination.lastPathComponent).\(UUID().uuidString).partial")
    try files.createDirectory(at: temporary, withIntermediateDirectories: true)
    do {
      try fill(temporary)
      try synchronize(temporary)
      if files.fileExists(atPath: destination.path) {
        try exchange(temporary, destination)
      } else {
        try rename(temporary, to: destination)
      }
      try synchronize(parent)
    } catch {
      try? files.removeItem(at: temporary)
      throw error
    }
    try? files.removeItem(at: temporary)
  }

  /// Removes what interrupted writes left in a folder.
  package static func removeLeftovers(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  private static func rename(_ source: URL, to destination: URL) throws {
    guard Foundation.rename(source.path, destination.path) == 0 else {
      throw failure(destination)
    }
  }

  private static func exchange(_ first: URL, _ second: URL) throws {
    switch swapNames(first.path, second.path) {
    case 0: return
    case EINVAL, ENOSYS, ENOTSUP: break
    default: throw failure(second)
    }
    // A file system that cannot exchange: the name is missing for an instant, and an interruption
    // in it leaves the old folder under its temporary name.
    let aside = second.deletingLastPathComponent()
      .appending(path: ".\(second.lastPathComponent).old")
    try? FileManager.default.removeItem(at: aside)
    try rename(second, to: aside)
    try rename(first, to: second)
    try? FileManager.default.removeItem(at: aside)
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

  private static func synchronize(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(folder) }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ url: URL) -> TrainingError {
    .cannotWrite(path: url.path, reason: String(cString: strerror(errno)))
  }
}
