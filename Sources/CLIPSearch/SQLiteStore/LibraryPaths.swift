import Foundation
import GRDB

/// Paths as the database writes them: absolute, but relative to the library for files of its own,
/// so that a library can be moved.
struct LibraryPaths: Sendable {
  /// The absolute path of the library's folder.
  let folder: String

  /// Where the library keeps pictures that were added as bytes.
  var pictures: String { folder + "/pictures" }

  /// How the database writes an absolute path.
  func stored(_ path: String) -> String {
    Paths.isInside(path, folder: pictures) ? "." + path.dropFirst(folder.count) : path
  }

  /// The absolute path of one that the database has written; names that are no paths stay.
  func absolute(_ stored: String) -> String {
    stored.hasPrefix("./") ? folder + stored.dropFirst() : stored
  }

  /// A column of paths with the absolute path of each.
  func absolute(column: String) -> SQL {
    let column = SQL(sql: column)
    return """
      (CASE WHEN SUBSTR(\(column), 1, 2) = './' THEN \(folder) || SUBSTR(\(column), 2) \
      ELSE \(column) END)
      """
  }

  /// Libraries of old wrote absolute paths throughout, and may have been moved since.
  func makeOwnPathsRelative(_ database: Database) throws {
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT id, path, name FROM pictures WHERE path LIKE '/%/pictures/%' AND name LIKE '%-%'"
    )
    for row in rows {
      let path: String = row["path"]
      let own = pictures + "/" + (row["name"] as String)
      let hasMoved = access(path, F_OK) != 0 && access(own, F_OK) == 0
      guard Paths.isInside(path, folder: pictures) || hasMoved else { continue }
      let (storedFolder, _) = Paths.split(stored(own))
      try database.execute(
        sql: "UPDATE OR IGNORE pictures SET path = ?, folder = ? WHERE id = ?",
        arguments: [stored(own), storedFolder, row["id"] as Int64])
    }
  }
}
