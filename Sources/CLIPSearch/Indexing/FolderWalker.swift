import Foundation

/// Finds the pictures of a folder and its subfolders, in sorted order.
///
/// Hidden files and folders are passed over, and links to folders are not followed, so that no
/// loop of links can trap it.
struct FolderWalker {
  /// A file that looks like a picture.
  struct File: Sendable {
    let path: String
    let status: PictureFile.Status
  }

  private(set) var files: [File] = []
  private(set) var failures: [IndexFailure] = []
  /// Folders that could not be read in full: nothing in them counts as gone.
  private(set) var unreadableFolders: [String] = []
  /// Folders that are passed over with all that is in them.
  let excluded: Set<String>
  private let report: (Int) throws -> Void

  /// - Parameters:
  ///   - excluded: Folders that are passed over with all that is in them.
  ///   - report: Called now and then with the number of files; may throw to stop.
  init(excluded: Set<String>, report: @escaping (Int) throws -> Void) {
    self.excluded = excluded
    self.report = report
  }

  /// Walks a folder, or takes a single file.
  mutating func walk(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw SearchError.noFolder(path: path, reason: systemReason())
    }
    if status.st_mode & S_IFMT == S_IFREG {
      consider(path, name: Paths.split(path).name, isDemanded: true)
      return
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw SearchError.noFolder(path: path, reason: "it is neither a folder nor a file")
    }
    var waiting = [path]
    while let folder = waiting.popLast() {
      guard !excluded.contains(folder) else { continue }
      // Subfolders are taken from the end of the list.
      waiting += try list(folder).reversed()
      try report(files.count)
    }
  }

  /// Takes the pictures of a folder.
  ///
  /// - Returns: Its subfolders in sorted order.
  private mutating func list(_ folder: String) throws -> [String] {
    guard let directory = opendir(folder) else {
      failures.append(IndexFailure(path: folder, reason: "\(systemReason())"))
      unreadableFolders.append(folder)
      return []
    }
    defer { closedir(directory) }
    var names: [(name: String, isFolder: Bool)] = []
    errno = 0
    while let entry = readdir(directory) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard bytes.first != UInt8(ascii: ".") else { continue }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        let path = folder + "/" + String(decoding: bytes, as: UTF8.self)
        failures.append(IndexFailure(path: path, reason: "its name is not valid UTF-8; rename it"))
        continue
      }
      names.append((name, isFolder(entry, folder + "/" + name)))
      errno = 0
    }
    if errno != 0 {
      failures.append(IndexFailure(path: folder, reason: systemReason()))
      unreadableFolders.append(folder)
    }
    names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (index, entry) in names.enumerated() where !entry.isFolder {
      consider(folder + "/" + entry.name, name: entry.name, isDemanded: false)
      if index.isMultiple(of: 512) { try report(files.count) }
    }
    return names.filter(\.isFolder).map { (folder == "/" ? "" : folder) + "/" + $0.name }
  }

  private func isFolder(_ entry: UnsafeMutablePointer<dirent>, _ path: String) -> Bool {
    switch Int(entry.pointee.d_type) {
    case Int(DT_DIR): return true
    case Int(DT_UNKNOWN):
      var status = stat()
      return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    default: return false
    }
  }

  private mutating func consider(_ path: String, name: String, isDemanded: Bool) {
    switch PictureFormats.support(ofName: name) {
    case .unreadable(let reason): failures.append(IndexFailure(path: path, reason: reason))
    case .noPicture where !isDemanded: break
    case .readable, .noPicture:
      if let status = PictureFile.Status(path: path) {
        files.append(File(path: path, status: status))
      }
    }
  }
}
