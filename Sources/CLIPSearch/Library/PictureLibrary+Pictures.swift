import Foundation
import GRDB

extension PictureLibrary {
  /// How pictures are listed.
  public enum Order: String, Sendable, CaseIterable {
    /// By when they were taken, newest first; pictures without a date last.
    case newest
    /// By path.
    case path
    /// By number: as they came in.
    case added
    /// By number, the last that came in first.
    case latest
  }

  /// A picture by its number; `nil` if there is none.
  public func picture(_ id: Int64) throws -> Picture? { try pictures([id]).first }

  /// Pictures by their numbers, in the order of the numbers given; unknown ones are left out.
  public func pictures(_ ids: [Int64]) throws -> [Picture] {
    try database.read { try pictures(ids, in: $0) }
  }

  /// Pictures for which a filter holds.
  ///
  /// - Parameters:
  ///   - filter: `nil` for all.
  ///   - order: Which come first.
  ///   - limit: How many at most.
  ///   - offset: How many to leave out before them.
  /// - Returns: The pictures in that order.
  /// - Throws: ``SearchError`` if the database cannot be read.
  public func pictures(
    where filter: PictureFilter?, order: Order = .newest, limit: Int, offset: Int = 0
  ) throws -> [Picture] {
    let condition = filter?.sql(database.paths) ?? "1"
    let ordering: SQL =
      switch order {
      case .newest: "taken DESC, id DESC"
      case .path: "path"
      case .added: "id"
      case .latest: "id DESC"
      }
    return try database.read { database in
      let ids = try SQLRequest<Int64>(
        """
        SELECT id FROM pictures WHERE \(condition) ORDER BY \(ordering)
        LIMIT \(max(limit, 0)) OFFSET \(max(offset, 0))
        """
      ).fetchAll(database)
      return try pictures(ids, in: database)
    }
  }

  /// How many pictures a filter holds for.
  public func count(where filter: PictureFilter?) throws -> Int {
    let condition = filter?.sql(database.paths) ?? "1"
    return try database.read { database in
      try SQLRequest<Int>("SELECT COUNT(*) FROM pictures WHERE \(condition)")
        .fetchOne(database) ?? 0
    }
  }

  /// The number of the picture with the given path.
  public func id(ofPath path: String) throws -> Int64? {
    let stored = database.stored(Paths.absolute(path))
    return try database.read {
      try Int64.fetchOne($0, sql: "SELECT id FROM pictures WHERE path = ?", arguments: [stored])
    }
  }

  /// All tags with the number of pictures that have them, most used first.
  public func tags() throws -> [(tag: String, count: Int)] {
    try database.read {
      try Row.fetchAll(
        $0, sql: "SELECT tag, COUNT(*) AS count FROM tags GROUP BY tag ORDER BY count DESC, tag"
      ).map { ($0["tag"], $0["count"]) }
    }
  }

  /// The unit vector of a picture; `nil` if it has none.
  public func vector(of id: Int64) throws -> [Float]? {
    try database.read { database in
      guard let model = try LibraryHead.fetch(database)?.model,
        let data = try Data.fetchOne(
          database,
          sql: "SELECT data FROM vectors WHERE model_id = ? AND kind = 0 AND picture_id = ?",
          arguments: [model.id, id])
      else { return nil }
      return VectorCodec.decode(data, dimension: model.dimension)
    }
  }

  func pictures(_ ids: [Int64], in database: Database) throws -> [Picture] {
    let paths = self.database.paths
    var found: [Int64: Picture] = [:]
    var start = 0
    while start < ids.count {
      let some = Array(ids[start..<min(start + 500, ids.count)])
      let places = databaseQuestionMarks(count: some.count)
      var tags: [Int64: [String]] = [:]
      let tagRows = try Row.fetchCursor(
        database.cachedStatement(
          sql: "SELECT picture_id, tag FROM tags WHERE picture_id IN (\(places)) ORDER BY tag"),
        arguments: StatementArguments(some))
      while let row = try tagRows.next() { tags[row[0], default: []].append(row[1]) }
      let rows = try Row.fetchCursor(
        database.cachedStatement(
          sql: "SELECT \(Picture.columns) FROM pictures WHERE id IN (\(places))"),
        arguments: StatementArguments(some))
      while let row = try rows.next() {
        var picture = Picture(row: row, tags: tags[row[0]] ?? [])
        picture.path = paths.absolute(picture.path)
        found[picture.id] = picture
      }
      start += 500
    }
    return ids.compactMap { found[$0] }
  }
}

extension Picture {
  /// What ``init(row:tags:)`` reads, by place: finding columns by name costs more than the query.
  fileprivate static let columns =
    "id, path, size, modified, format, width, height, taken, camera, caption"

  fileprivate init(row: Row, tags: [String]) {
    self.init(
      id: row[0], path: row[1], size: row[2], modified: row[3], format: row[4], width: row[5],
      height: row[6], taken: row[7], camera: row[8], caption: row[9], tags: tags)
  }
}
