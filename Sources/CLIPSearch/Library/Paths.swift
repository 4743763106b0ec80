import Foundation

/// Paths as they are compared: byte by byte.
package enum Paths {
  /// The absolute path without `.`, `..` and doubled slashes; links are kept.
  static func absolute(_ path: String) -> String {
    let start =
      path.utf8.first == UInt8(ascii: "/")
      ? "" : FileManager.default.currentDirectoryPath
    var parts: [Substring] = []
    for part in (start + "/" + path).split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The folder of a file, and the file's name in it.
  package static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
  }

  /// Whether there is nothing at an absolute path, or name that is no path.
  static func isGone(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }

  /// Whether a path lies in a folder, byte for byte.
  static func isInside(_ path: String, folder: String) -> Bool {
    let prefix = folder == "/" ? "/" : folder + "/"
    return path.utf8.starts(with: prefix.utf8)
  }
}
