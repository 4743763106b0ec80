import CLIPSearch
import Foundation

/// Which files of this machine may leave it: those that the catalogue names, and nothing that has
/// been put in their place since.
enum Confinement {
  /// The path of a catalogued picture's file, when it still is a plain file.
  ///
  /// Addresses only ever name catalogue numbers, so no path of a request reaches the file system;
  /// what remains is a file that was replaced by a link to something else after indexing.
  ///
  /// - Throws: `SearchError.unreadablePicture`.
  static func plainFile(_ path: String, id: Int64) throws -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SearchError.unreadablePicture(path: path, reason: "it is no plain file any more")
    }
    return path
  }
}

/// Names for files that come from outside.
enum FileName {
  /// The last part of a name without anything that a file system or a terminal could stumble over.
  static func safe(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let allowed = last.unicodeScalars.filter { scalar in
      !scalar.properties.isDefaultIgnorableCodePoint && scalar.properties.generalCategory != .control
        && scalar != ":"
    }
    var result = String(String.UnicodeScalarView(allowed)).trimmingCharacters(in: .whitespaces)
    while result.hasPrefix(".") { result.removeFirst() }
    while result.utf8.count > 120 { result.removeFirst() }
    return result.isEmpty ? "picture" : result
  }
}
