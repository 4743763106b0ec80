import CLIPModels
import Foundation
import GRDB
import Threads

extension PictureLibrary {
  /// Removals that are remembered one by one; a search process that missed more reads all anew.
  private static let rememberedRemovals = 20_000

  /// Makes the model the library's, or checks that it is.
  ///
  /// - Parameters:
  ///   - model: What made or is to make the vectors.
  ///   - source: What the person wrote to name the model.
  ///   - database: In a write.
  /// - Returns: The model's number.
  /// - Throws: ``SearchError/otherModel(folder:library:offered:)``.
  func adopt(
    _ model: any EmbeddingModel, source: String?, in database: Database
  ) throws -> Int64 {
    let head = try LibraryHead.fetch(database)
    try check(model, against: head)
    if let known = head?.model {
      if let source, known.source != source {
        try database.execute(
          sql: "UPDATE models SET source = ? WHERE id = ?", arguments: [source, known.id])
      }
      return known.id
    }
    let id = try Self.register(model, source: source, in: database)
    try database.execute(sql: "UPDATE library SET model_id = ?", arguments: [id])
    return id
  }

  /// The number of a model in the table of models.
  static func register(
    _ model: any EmbeddingModel, source: String?, in database: Database
  ) throws -> Int64 {
    try Int64.fetchOne(
      database,
      sql: """
        INSERT INTO models (name, fingerprint, dimension, source) VALUES (?, ?, ?, ?)
        ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, source = excluded.source
        RETURNING id
        """,
      arguments: [model.name, model.fingerprint, model.embeddingDimension, source]) ?? 0
  }

  /// Writes pictures, all or none.
  ///
  /// - Returns: Their numbers.
  @discardableResult
  func save(
    _ entries: [CatalogueEntry], model: any EmbeddingModel, source: String?
  ) throws -> [Int64] {
    try database.write { database in
      let number = try adopt(model, source: source, in: database)
      let revision = try LibraryHead.nextRevision(database)
      return try entries.map { try $0.save(database, model: number, revision: revision) }
    }
  }

  /// Removes pictures within a write.
  static func remove(_ ids: [Int64], in database: Database) throws {
    guard !ids.isEmpty else { return }
    let revision = try LibraryHead.nextRevision(database)
    let note = try database.cachedStatement(
      sql: "INSERT INTO removals (revision, picture_id, kind) VALUES (?, ?, ?)")
    let delete = try database.cachedStatement(sql: "DELETE FROM pictures WHERE id = ?")
    for id in ids {
      try note.execute(arguments: [revision, id, VectorKind.picture.rawValue])
      try note.execute(arguments: [revision, id, VectorKind.caption.rawValue])
      try delete.execute(arguments: [id])
    }
    try forgetOldRemovals(in: database)
  }

  private static func forgetOldRemovals(in database: Database) throws {
    let count = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM removals") ?? 0
    guard count > 2 * rememberedRemovals else { return }
    let start =
      try Int64.fetchOne(
        database, sql: "SELECT revision FROM removals ORDER BY revision DESC LIMIT 1 OFFSET ?",
        arguments: [rememberedRemovals]) ?? 0
    try database.execute(sql: "DELETE FROM removals WHERE revision <= ?", arguments: [start])
    try database.execute(
      sql: "UPDATE library SET removals_start = MAX(removals_start, ?)", arguments: [start])
  }

  /// Takes pictures out of the library.
  ///
  /// Files that were added with ``add(_:named:caption:tags:)`` are deleted. Files in indexed
  /// folders stay, and are passed over by later indexing until ``restore(paths:)``.
  ///
  /// - Parameter ids: Picture numbers; unknown ones are ignored.
  /// - Returns: How many were taken out.
  /// - Throws: ``SearchError`` if the database cannot be written.
  @discardableResult
  public func delete(_ ids: [Int64]) async throws -> Int {
    try await offloaded { try self.remove(ids) }
  }

  private func remove(_ ids: [Int64]) throws -> Int {
    let own = picturesFolder
    let pictures = try database.write { database in
      let pictures = try self.pictures(Array(Set(ids)), in: database)
      try Self.remove(pictures.map(\.id), in: database)
      for picture in pictures where !Paths.isInside(picture.path, folder: own) {
        try database.execute(
          sql: "INSERT OR IGNORE INTO forgotten (path) VALUES (?)", arguments: [picture.path])
      }
      return pictures
    }
    for picture in pictures where Paths.isInside(picture.path, folder: own) {
      unlink(picture.path)
    }
    return pictures.count
  }

  /// Lets indexing take files in again that were deleted from the library.
  ///
  /// - Parameter paths: `nil` for all.
  /// - Returns: How many of them had been deleted.
  /// - Throws: ``SearchError`` if the database cannot be written.
  @discardableResult
  public func restore(paths: [String]? = nil) throws -> Int {
    try database.write { database in
      if let paths {
        return try paths.reduce(0) { count, path in
          try database.execute(
            sql: "DELETE FROM forgotten WHERE path = ?", arguments: [Paths.absolute(path)])
          return count + database.changesCount
        }
      }
      try database.execute(sql: "DELETE FROM forgotten")
      return database.changesCount
    }
  }

  /// Gives a picture a caption, which is then found by searching captions; `nil` takes it away.
  public func setCaption(_ caption: String?, of id: Int64) async throws {
    let caption = caption.flatMap { $0.isEmpty ? nil : $0 }
    let vector = try await captionVector(caption, model)
    try await offloaded { try save(caption, vector, of: id) }
  }

  private func save(_ caption: String?, _ vector: [Float]?, of id: Int64) throws {
    try database.write { database in
      try database.execute(
        sql: "UPDATE pictures SET caption = ? WHERE id = ?", arguments: [caption, id])
      guard database.changesCount > 0 else { throw SearchError.noPicture(id: id) }
      let revision = try LibraryHead.nextRevision(database)
      if let vector, let model = try LibraryHead.fetch(database)?.model {
        try CatalogueEntry.save(
          vector, .caption, of: id, model: model.id, revision: revision, database)
      } else {
        try database.execute(
          sql: "DELETE FROM vectors WHERE picture_id = ? AND kind = 1", arguments: [id])
        try database.execute(
          sql: "INSERT INTO removals (revision, picture_id, kind) VALUES (?, ?, 1)",
          arguments: [revision, id])
      }
    }
  }

  /// The unit vector of a caption, where there is one and a model for it.
  func captionVector(_ caption: String?, _ model: (any EmbeddingModel)?) async throws -> [Float]? {
    guard let caption, let model else { return nil }
    let rows = try Rows.split(try await model.embeddings(of: [caption]), model: model)
    guard let unit = UnitVector.of(rows.first ?? []) else {
      throw SearchError.invalidVector(what: "The caption '\(caption)'")
    }
    return unit
  }

  /// Gives a picture these tags and no others.
  public func setTags(_ tags: [String], of id: Int64) async throws {
    try await offloaded {
      try self.database.write { database in
        guard
          try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM pictures WHERE id = ?)", arguments: [id])
            == true
        else { throw SearchError.noPicture(id: id) }
        try database.execute(sql: "DELETE FROM tags WHERE picture_id = ?", arguments: [id])
        for tag in tags { try CatalogueEntry.add(tag, to: id, database) }
      }
    }
  }

  /// Where pictures are kept that were added as bytes.
  var picturesFolder: String { database.paths.pictures }
}
