import CLIPImages
import Foundation
import GRDB

/// What is known of a picture file when it is put into the catalogue.
struct CatalogueEntry: Sendable {
  var path: String
  var status: PictureFile.Status
  var content: Data?
  var format = ""
  var width = 0
  var height = 0
  var taken: String?
  var camera: String?
  /// `nil` leaves the caption that is there.
  var caption: String?
  /// Are added to the tags that are there.
  var tags: [String] = []
  /// A unit vector of the picture; `nil` leaves the vector that is there.
  var vector: [Float]?
  /// A unit vector of the caption.
  var captionVector: [Float]?

  /// Writes the entry; the picture keeps its number if its path is known.
  ///
  /// - Returns: The picture's number.
  @discardableResult
  func save(_ database: Database, model: Int64, revision: Int64) throws -> Int64 {
    let (folder, name) = Paths.split(path)
    let id =
      try Int64.fetchOne(
        database,
        sql: """
          INSERT INTO pictures
            (path, folder, name, size, modified, content, format, width, height, taken, camera,
             caption)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (path) DO UPDATE SET
            size = excluded.size, modified = excluded.modified, content = excluded.content,
            format = excluded.format, width = excluded.width, height = excluded.height,
            taken = excluded.taken, camera = excluded.camera,
            caption = IFNULL(excluded.caption, caption)
          RETURNING id
          """,
        arguments: [
          path, folder, name, status.size, status.modified, content, format, width, height, taken,
          camera, caption,
        ]) ?? 0
    for tag in tags { try Self.add(tag, to: id, database) }
    if let vector {
      // A change of model that is under way must embed the new contents again.
      try database.execute(
        sql: "DELETE FROM vectors WHERE picture_id = ? AND kind = 0 AND model_id <> ?",
        arguments: [id, model])
      try Self.save(vector, .picture, of: id, model: model, revision: revision, database)
    }
    if let captionVector {
      try Self.save(captionVector, .caption, of: id, model: model, revision: revision, database)
    }
    try database.execute(sql: "DELETE FROM failures WHERE path = ?", arguments: [path])
    return id
  }

  static func save(
    _ vector: [Float], _ kind: VectorKind, of picture: Int64, model: Int64, revision: Int64,
    _ database: Database
  ) throws {
    try database.execute(
      sql: """
        INSERT INTO vectors (picture_id, model_id, kind, revision, data) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (model_id, kind, picture_id)
        DO UPDATE SET revision = excluded.revision, data = excluded.data
        """,
      arguments: [picture, model, kind.rawValue, revision, VectorCodec.encode(vector)])
  }

  static func add(_ tag: String, to picture: Int64, _ database: Database) throws {
    let tag = tag.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !tag.isEmpty else { return }
    try database.execute(
      sql: "INSERT OR IGNORE INTO tags (picture_id, tag) VALUES (?, ?)",
      arguments: [picture, tag])
  }
}
