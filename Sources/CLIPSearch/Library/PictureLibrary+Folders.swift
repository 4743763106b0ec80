import GRDB

extension PictureLibrary {
  /// All folders that hold pictures, as absolute paths in order, with the number of pictures
  /// directly in each.
  public func folders() throws -> [(path: String, count: Int)] {
    let paths = database.paths
    return try database.read {
      try Row.fetchAll(
        $0, sql: "SELECT folder, COUNT(*) AS count FROM pictures GROUP BY folder ORDER BY folder"
      ).map { (paths.absolute($0["folder"] as String), $0["count"]) }
    }
  }
}
