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
