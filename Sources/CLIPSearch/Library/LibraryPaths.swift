/// Paths as a store writes them: absolute, but relative to the library for files of its own, so that
/// a library can be moved.
package struct LibraryPaths: Sendable {
  /// The absolute path of the library's folder.
  package let folder: String

  /// - Parameter folder: The absolute path of the library's folder.
  package init(folder: String) { self.folder = folder }

  /// Where the library keeps pictures that were added as bytes.
  var pictures: String { folder + "/pictures" }

  /// How the store writes an absolute path.
  package func stored(_ path: String) -> String {
    Paths.isInside(path, folder: pictures) ? "." + path.dropFirst(folder.count) : path
  }

  /// The absolute path of one that the store has written; names that are no paths stay.
  package func absolute(_ stored: String) -> String {
    stored.hasPrefix("./") ? folder + stored.dropFirst() : stored
  }
}
