import Foundation
import GRDB

extension PictureLibrary {
  /// Calls a closure for each picture, in order of numbers, with its vector and its caption's.
  func forEachVector(
    _ body: (Picture, _ vector: [Float]?, _ captionVector: [Float]?) throws -> Void
  ) throws {
    guard let model = try database.read({ try LibraryHead.fetch($0)?.model }) else {
      throw SearchError.emptyLibrary(folder: folder)
    }
    var last: Int64 = 0
    while true {
      let (pictures, vectors) = try database.read { database in
        let ids = try Int64.fetchAll(
          database, sql: "SELECT id FROM pictures WHERE id > ? ORDER BY id LIMIT 500",
          arguments: [last])
        let rows = try Row.fetchCursor(
          database,
          sql: """
            SELECT picture_id, kind, data FROM vectors
            WHERE model_id = ? AND picture_id IN (\(databaseQuestionMarks(count: ids.count)))
            """, arguments: StatementArguments([model.id] + ids))
        var vectors: [Int64: [Int: [Float]]] = [:]
        while let row = try rows.next() {
          vectors[row[0], default: [:]][row[1]] =
            VectorCodec.decode(row[2], dimension: model.dimension)
        }
        return (try self.pictures(ids, in: database), vectors)
      }
      guard let end = pictures.last else { return }
      for picture in pictures {
        let own = vectors[picture.id] ?? [:]
        try body(
          picture, own[VectorKind.picture.rawValue], own[VectorKind.caption.rawValue])
      }
      last = end.id
    }
  }
}
