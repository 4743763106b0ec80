import Foundation
import GRDB

extension LibraryPaths {
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
