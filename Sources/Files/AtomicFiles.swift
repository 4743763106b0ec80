package import Foundation

/// Several files of a folder that appear together, when all of them are complete.
package enum AtomicFiles {
  /// Fills a hidden folder inside the destination, then moves what is in it to its place.
  ///
  /// Other files of the destination stay; those of the same names are replaced. Whatever fails while
  /// they are written, a full disk for one, leaves everything as it was.
  ///
  /// - Parameters:
  ///   - folder: the destination, which is made where it is missing.
  ///   - fill: writes into the hidden folder, also into folders of it.
  /// - Returns: the files at their places, in the order of their names.
  /// - Throws: ``FileError``, and what `fill` throws.
  @discardableResult
  package static func write(
    into folder: URL, _ fill: (URL) throws -> Void
  ) throws -> [URL] {
    let folder = folder.standardizedFileURL
    let isNew = !FileManager.default.fileExists(atPath: folder.path)
    let temporary = URL(
      fileURLWithPath: AtomicFile.temporaryName(for: folder.appending(path: "files")),
      isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    } catch { throw FileError.unwritable(path: folder.path, reason: SystemError.reason(error)) }
    var isDone = false
    defer {
      try? FileManager.default.removeItem(at: temporary)
      // Removes it only if it is empty.
      if isNew, !isDone { rmdir(folder.path) }
    }
    try fill(temporary)
    try Durability.synchronizeTree(temporary)
    let names = try files(in: temporary)
    for name in names {
      try requirePlace(folder.appending(path: name))
    }
    for name in names {
      let place = folder.appending(path: name)
      guard rename(temporary.appending(path: name).path, place.path) == 0 else {
        throw FileError.unwritable(path: place.path, reason: SystemError.reason())
      }
      Durability.synchronizeFolder(of: place.path)
    }
    isDone = true
    return names.map { folder.appending(path: $0) }
  }

  /// Paths of all regular files below a folder.
  private static func files(in folder: URL) throws(FileError) -> [String] {
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { name in
        var status = stat()
        return lstat(folder.appending(path: name).path, &status) == 0
          && status.st_mode & S_IFMT == S_IFREG
      }.sorted()
    } catch { throw .unreadable(path: folder.path, reason: SystemError.reason(error)) }
  }

  /// Makes a file's folder, and refuses to replace a folder by a file.
  private static func requirePlace(_ url: URL) throws(FileError) {
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch { throw .unwritable(path: url.path, reason: SystemError.reason(error)) }
    var status = stat()
    if lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .unwritable(path: url.path, reason: SystemError.reason(EISDIR))
    }
  }
}
