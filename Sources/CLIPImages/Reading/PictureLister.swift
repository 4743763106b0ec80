import Foundation

/// Finds the pictures that people name: files as they are, folders with all that is in them, in the
/// order given and sorted by path within a folder. The one rule of every command:
///
/// - First bytes decide, never a name: a file of no picture's ending is taken if it begins as a
///   picture does. A file of a picture's ending is always taken, and whoever reads it says what is
///   wrong with it. Everything else (videos, texts, sidecars) is no picture and is not counted.
/// - What begins with a dot is hidden and passed over, unless it is named itself.
/// - Links to folders are followed. A folder is read once however many links lead to it, under its
///   own name if that lies in the folders given, so loops end. The same holds for links to pictures:
///   a picture counts once. A link whose target is gone, or may be a picture's, is named.
/// - What cannot be looked at is a ``Failure``: nothing is left out in silence.
package struct PictureLister {
  /// A file that is a picture, or passes for one.
  package struct File: Sendable {
    /// The path under which it was found.
    package let path: String
    /// Its size and time.
    package let status: FileStatus

    package init(path: String, status: FileStatus) {
      self.path = path
      self.status = status
    }
  }

  /// Something that was left out.
  package struct Failure: Sendable, Hashable {
    /// Its path, with `\xNN` for bytes that are not UTF-8.
    package let path: String
    /// Why, as a clause.
    package let reason: String
  }

  /// Pictures.
  package private(set) var files: [File] = []
  /// What was left out.
  package private(set) var failures: [Failure] = []
  /// Folders that could not be read in full: nothing in them counts as gone.
  package private(set) var unreadableFolders: [String] = []
  /// Folders that were named though they had been read under another name.
  package private(set) var repeatedFolders: [String] = []
  /// Links through which pictures were found, to folders and to files.
  package private(set) var followedLinks: [String] = []
  private var visited: Set<FileIdentity> = []
  private let report: (Int) throws -> Void

  /// - Parameters:
  ///   - excluded: folders that are passed over with all that is in them.
  ///   - report: called now and then with the number of files; may throw to stop.
  package init(
    excluding excluded: [String] = [], report: @escaping (Int) throws -> Void = { _ in }
  ) {
    visited = Set(excluded.compactMap { FileIdentity(path: $0) })
    self.report = report
  }

  /// Takes a file, or all pictures of a folder and its subfolders.
  ///
  /// - Parameter path: a file or folder, or a link to one.
  /// - Throws: ``ImageError/unreadable(reason:)`` if there is none; what `report` throws.
  package mutating func list(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw ImageError.unreadable(reason: systemReason()) }
    switch FileKind(status) {
    case .file: files.append(File(path: path, status: FileStatus(status)))
    case .folder: try walk(path, FileIdentity(status))
    case let other:
      throw ImageError.unreadable(reason: "it is \(other.name), neither a file nor a folder")
    }
  }

  private mutating func walk(_ path: String, _ identity: FileIdentity) throws {
    guard visited.insert(identity).inserted else {
      repeatedFolders.append(path)
      return
    }
    var found: [FolderListing.Entry] = []
    var links: [FolderListing.Entry] = []
    var folders = [path]
    // Real folders come before those that links lead to.
    var linkedFolders: [FolderListing.Entry] = []
    while let folder = folders.popLast() ?? nextFolder(&linkedFolders) {
      let listing = FolderListing(folder)
      failures += listing.failures
      if !listing.isComplete { unreadableFolders.append(folder) }
      found += listing.files
      links += listing.linkedFiles
      linkedFolders += listing.linkedFolders
      folders += listing.folders.filter { visited.insert($0.identity).inserted }.map(\.path)
      try report(files.count + found.count)
    }
    let linked = Self.resolved(links, besides: found)
    followedLinks += linked.map(\.path)
    found += linked
    found.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    files += found.map { File(path: $0.path, status: $0.status) }
  }

  private mutating func nextFolder(_ links: inout [FolderListing.Entry]) -> String? {
    links.sort { $1.path.utf8.lexicographicallyPrecedes($0.path.utf8) }
    while let link = links.popLast() {
      if visited.insert(link.identity).inserted {
        followedLinks.append(link.path)
        return link.path
      }
    }
    return nil
  }

  /// Links to pictures that are not there under their own names or another link's.
  private static func resolved(
    _ links: [FolderListing.Entry], besides files: [FolderListing.Entry]
  ) -> [FolderListing.Entry] {
    guard !links.isEmpty else { return [] }
    var known = Set(files.map(\.identity))
    return links.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
      .filter { known.insert($0.identity).inserted }
  }
}

/// What tells a file from its earlier contents without reading it.
package struct FileStatus: Sendable, Hashable {
  /// Bytes.
  package let size: Int64
  /// Nanoseconds since 1970.
  package let modified: Int64

  package init(size: Int64, modified: Int64) {
    self.size = size
    self.modified = modified
  }

  /// - Returns: `nil` if there is no such plain file.
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0, FileKind(status) == .file else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    size = Int64(status.st_size)
    let (seconds, overflow) = Int64(status.st_mtim.tv_sec)
      .multipliedReportingOverflow(by: 1_000_000_000)
    modified = overflow ? 0 : seconds &+ Int64(status.st_mtim.tv_nsec)
  }
}

/// The same for two paths that lead to one file or folder.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }

  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
