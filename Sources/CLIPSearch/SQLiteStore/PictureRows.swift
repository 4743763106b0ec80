import Foundation
import GRDB

/// Reads pictures from the database.
struct PictureRows {
  /// Questions with more marks than this are asked in parts.
  private static let portion = 500

  let paths: LibraryPaths
  let database: Database

  /// Pictures in the order of the numbers given; unknown ones are left out.
  func pictures(_ ids: [Int64]) throws -> [Picture] {
    var found: [Int64: Picture] = [:]
    for start in stride(from: 0, to: ids.count, by: Self.portion) {
      let some = Array(ids[start..<min(start + Self.portion, ids.count)])
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
    }
    return ids.compactMap { found[$0] }
  }

  /// The same with fingerprints and with the vectors of a model.
  func stored(_ ids: [Int64], model: LibraryHead.Model?) throws -> [StoredPicture] {
    let contents = try database.cachedStatement(sql: "SELECT content FROM pictures WHERE id = ?")
    let vectors = try database.cachedStatement(
      sql: "SELECT data FROM vectors WHERE model_id = ? AND kind = ? AND picture_id = ?")
    func vector(_ kind: VectorKind, of id: Int64) throws -> [Float]? {
      guard let model,
        let data = try Data.fetchOne(vectors, arguments: [model.id, kind.rawValue, id])
      else { return nil }
      return VectorCodec.decode(data, dimension: model.model.dimension)
    }
    return try pictures(ids).map { picture in
      StoredPicture(
        picture: picture, content: try Row.fetchOne(contents, arguments: [picture.id])?[0],
        vector: try vector(.picture, of: picture.id),
        captionVector: try vector(.caption, of: picture.id))
    }
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
