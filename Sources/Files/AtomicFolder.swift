package import Foundation

/// A folder that appears under its name only when everything in it is written and on the disk.
package enum AtomicFolder {
  /// Fills a temporary folder beside the destination, then gives it its name.
  ///
  /// Whoever looks, even after a power cut in the middle, finds what was there before or the whole
  /// new folder.
  ///
  /// - Parameters:
  ///   - destination: the folder wanted.
  ///   - replacing: whether a folder that is there is exchanged for the new one and removed; otherwise
  ///     only an empty one may be there.
  ///   - mode: the folder's permissions, less the process's `umask`.
  ///   - fill: writes into the temporary folder. Errors that name it name the destination instead.
  /// - Throws: ``FileError``, and what `fill` throws.
  package static func write(
    to destination: URL, replacing: Bool = false, mode: mode_t = 0o777,
    _ fill: (URL) throws -> Void
  ) throws {
    let destination = destination.standardizedFileURL
    if !replacing { try requireAbsent(destination) }
    let temporary = try makeTemporary(for: destination, mode: mode)
    // Removes the half-written folder, or the old one after an exchange.
    defer { try? FileManager.default.removeItem(at: temporary) }
    do {
      try fill(temporary)
      try Durability.synchronizeTree(temporary)
    } catch FileError.unwritable(let path, let reason) where path.hasPrefix(temporary.path) {
      throw FileError.unwritable(
        path: destination.path + path.dropFirst(temporary.path.count), reason: reason)
    }
    if replacing, FileManager.default.fileExists(atPath: destination.path) {
      try FolderExchange.exchange(temporary, destination)
    } else if rename(temporary.path, destination.path) != 0 {
      throw FileError.unwritable(path: destination.path, reason: SystemError.reason())
    }
    Durability.synchronizeFolder(of: destination.path)
  }

  /// Refuses an output that exists, except an empty folder.
  ///
  /// - Throws: ``FileError/alreadyExists(path:)``.
  package static func requireAbsent(_ url: URL) throws(FileError) {
    var status = stat()
    guard lstat(url.path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    let content = isFolder ? try? FileManager.default.contentsOfDirectory(atPath: url.path) : nil
    guard let content, content.isEmpty else { throw .alreadyExists(path: url.path) }
  }

  /// Removes what interrupted writes of files and folders left in a folder.
  package static func removeLeftovers(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  private static func makeTemporary(for destination: URL, mode: mode_t) throws(FileError) -> URL {
    let temporary = URL(
      fileURLWithPath: AtomicFile.temporaryName(for: destination), isDirectory: true)
    do {
      try FileManager.default.createDirectory(
        at: temporary.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: destination.path, reason: SystemError.reason(error))
    }
    guard mkdir(temporary.path, mode) == 0 else {
      throw .unwritable(path: destination.path, reason: SystemError.reason())
    }
    return temporary
  }
}
