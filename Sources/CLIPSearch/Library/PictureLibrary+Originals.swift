public import Foundation
import GRDB

extension PictureLibrary {
  /// The bytes of a picture's file.
  ///
  /// - Throws: ``SearchError/noPicture(id:)``, ``SearchError/unreadablePicture(path:reason:)``, also
  ///   when the file lies outside of the library's folders or is no picture.
  public func data(of id: Int64) throws -> Data {
    guard let picture = try picture(id) else { throw SearchError.noPicture(id: id) }
    return try open(picture).readAll()
  }

  /// Opens a picture's file, if it is one that the library may hand out.
  ///
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``.
  package func open(_ picture: Picture) throws -> OpenPicture {
    try OpenPicture(picture.path, within: try servedFolders())
  }

  /// Where files must lie to be handed out: the library's own, and what was named to be taken in.
  package func servedFolders() throws -> [String] {
    try [picturesFolder]
      + database.read { try String.fetchAll($0, sql: "SELECT path FROM folders") }
  }

  /// Lets the library show the pictures of folders, besides those that were indexed.
  ///
  /// - Parameter folders: Folders, or single files.
  /// - Throws: ``SearchError`` if the database cannot be written.
  public func allow(_ folders: [String]) throws {
    try database.write { try Self.rememberFolders(folders.map(Paths.absolute), in: $0) }
  }

  // Notes what a person has named to be taken in, absolute paths of folders or single files: what
  // is below may be handed out.
  static func rememberFolders(_ paths: [String], in database: Database) throws {
    for path in paths {
      try database.execute(
        sql: "INSERT OR IGNORE INTO folders (path) VALUES (?)", arguments: [path])
    }
  }
}
