import Foundation

/// Short names for folders: relative to the folder that holds everything, under its name.
///
/// With pictures in `/home/li/照片/2024` and `/home/li/照片/旅行`, these are `照片/2024` and
/// `照片/旅行`; where the library lies on the disk is not told.
package struct FolderNames: Sendable, Equatable {
  private let root: [Substring]

  /// Names for the given folders, absolute paths.
  package init(folders: some Sequence<String>) {
    var common: [Substring]?
    for folder in folders {
      let parts = folder.split(separator: "/")
      common =
        common.map { known in
          Array(zip(known, parts).prefix { $0 == $1 }.map(\.0))
        } ?? parts
    }
    // The last common part stays visible.
    root = Array((common ?? []).dropLast())
  }

  /// The short name of an absolute path.
  package func display(_ folder: String) -> String {
    let parts = folder.split(separator: "/")
    guard parts.starts(with: root) else { return parts.last.map(String.init) ?? "" }
    return parts.dropFirst(root.count).joined(separator: "/")
  }

  /// The absolute path of a short name.
  package func path(of display: String) -> String {
    "/" + (root + display.split(separator: "/")).joined(separator: "/")
  }

  /// What a picture's file is called, without the mark that the library puts before the names of
  /// added pictures (`d39fb72295c7b29f-cat.jpg`).
  package static func displayName(_ path: String) -> String {
    let (folder, name) = split(path)
    guard folder.hasSuffix("/pictures"), let dash = name.firstIndex(of: "-"),
      name[..<dash].utf8.count == 16, name[..<dash].allSatisfy(\.isHexDigit)
    else { return name }
    return String(name[name.index(after: dash)...])
  }

  /// The folder of a file and its name.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
  }
}
