import CLIPImages
import Foundation
import GRDB

/// Changes of the database within one write: all of them happen, or none.
struct SQLiteTransaction {
  /// Removals that are remembered one by one; a search process that missed more reads all anew.
  private static let rememberedRemovals = 20_000

  let database: Database
  private(set) var head: LibraryHead
  private let folder: String
  private let paths: LibraryPaths
  /// The revision of this write, once something has been stamped with it.
  private var stamp: Int64?
  private var hasRemoved = false

  init(_ database: Database, of library: LibraryDatabase) throws {
    self.database = database
    folder = library.folder
    paths = library.paths
    head = try LibraryHead.fetch(database)
  }

  // MARK: Models

  /// Makes the model the library's, or checks that it is.
  mutating func adopt(_ model: StoredModel) throws {
    try head.head.check(model, in: folder)
    if let known = head.model {
      if let source = model.source, known.model.source != source {
        try database.execute(
          sql: "UPDATE models SET source = ? WHERE id = ?", arguments: [source, known.id])
      }
      return
    }
    let id = try register(model)
    try database.execute(sql: "UPDATE library SET model_id = ?", arguments: [id])
    head = try LibraryHead.fetch(database)
  }

  /// The number of a model in the table of models.
  func register(_ model: StoredModel) throws -> Int64 {
    try Int64.fetchOne(
      database,
      sql: """
        INSERT INTO models (name, fingerprint, dimension, source) VALUES (?, ?, ?, ?)
        ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, source = excluded.source
        RETURNING id
        """,
      arguments: [model.name, model.fingerprint, model.dimension, model.source]) ?? 0
  }

  /// What vectors written now are stamped with.
  mutating func revision() throws -> Int64 {
    if let stamp { return stamp }
    let revision =
      try Int64.fetchOne(
        database,
        sql: "UPDATE library SET revision = revision + 1 WHERE id = 1 RETURNING revision") ?? 0
    stamp = revision
    return revision
  }

  // MARK: Changes

  mutating func apply(_ change: StoreChange) throws -> StoreOutcome {
    switch change {
    case .save(let entry): return try save(entry)
    case .touch(let id, let status):
      return try update(
        "UPDATE pictures SET size = ?, modified = ? WHERE id = ?",
        [status.size, status.modified, id])
    case .move(let id, let old, let entry): return try move(id, from: old, to: entry)
    case .remove(let id, let path):
      guard try self.path(of: id) == paths.stored(path) else { return .absent }
      try remove(id)
      return .removed
    case .caption(let caption, let vector, let id): return try save(caption, vector, of: id)
    case .tags(let tags, let id):
      guard try path(of: id) != nil else { return .absent }
      _ = try update("DELETE FROM tags WHERE picture_id = ?", [id])
      for tag in tags { try add(tag, to: id) }
      return .done
    case .pendingVector(let vector, let kind, let id):
      guard let pending = head.pending, try path(of: id) != nil else { return .absent }
      try save(vector, kind, of: id, model: pending.id)
      return .done
    case .fail(let path, let status, let reason):
      let outdated = try Int64.fetchOne(
        database, sql: "SELECT id FROM pictures WHERE path = ?", arguments: [paths.stored(path)])
      if let outdated { try remove(outdated) }
      try note(path, status, reason)
      return outdated == nil ? .done : .removed
    case .miss(let path, let reason):
      try note(path, FileStatus(size: 0, modified: 0), reason)
      return .done
    case .dismissFailure(let path):
      return try update("DELETE FROM failures WHERE path = ?", [path])
    case .forget(let path):
      return try update("INSERT OR IGNORE INTO forgotten (path) VALUES (?)", [path])
    case .restore(let path): return try update("DELETE FROM forgotten WHERE path = ?", [path])
    case .restoreAll:
      _ = try update("DELETE FROM forgotten", [])
      return .restored(database.changesCount)
    case .allow(let folder):
      return try update("INSERT OR IGNORE INTO folders (path) VALUES (?)", [folder])
    }
  }

  /// Runs a statement that changes rows.
  ///
  /// - Returns: `absent` if there were none to change.
  private func update(
    _ sql: String, _ arguments: StatementArguments
  ) throws -> StoreOutcome {
    try database.cachedStatement(sql: sql).execute(arguments: arguments)
    return database.changesCount > 0 ? .done : .absent
  }

  /// The path of a picture as it is written; `nil` if there is none.
  private func path(of id: Int64) throws -> String? {
    let statement = try database.cachedStatement(sql: "SELECT path FROM pictures WHERE id = ?")
    return try String.fetchOne(statement, arguments: [id])
  }

  private mutating func save(_ entry: CatalogueEntry) throws -> StoreOutcome {
    let path = paths.stored(entry.path)
    let known = try database.cachedStatement(sql: "SELECT id FROM pictures WHERE path = ?")
    let isKnown = try Int64.fetchOne(known, arguments: [path]) != nil
    let (folder, name) = Paths.split(path)
    let statement = try database.cachedStatement(
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
        """)
    let id =
      try Int64.fetchOne(
        statement,
        arguments: [
          path, folder, name, entry.status.size, entry.status.modified, entry.content,
          entry.format, entry.width, entry.height, entry.taken, entry.camera, entry.caption,
        ]) ?? 0
    for tag in entry.tags { try add(tag, to: id) }
    if let vector = entry.vector { try replace(vector, .picture, of: id) }
    if let vector = entry.captionVector { try replace(vector, .caption, of: id) }
    _ = try update("DELETE FROM failures WHERE path = ?", [entry.path])
    return isKnown ? .changed(id) : .added(id)
  }

  /// Writes a vector of the library's model.
  private mutating func replace(_ vector: [Float], _ kind: VectorKind, of id: Int64) throws {
    guard let model = head.model else { return }
    // A change of model that is under way must embed the new contents again.
    _ = try update(
      "DELETE FROM vectors WHERE picture_id = ? AND kind = ? AND model_id <> ?",
      [id, kind.rawValue, model.id])
    try save(vector, kind, of: id, model: model.id)
  }

  private mutating func save(
    _ vector: [Float], _ kind: VectorKind, of picture: Int64, model: Int64
  ) throws {
    _ = try update(
      """
      INSERT INTO vectors (picture_id, model_id, kind, revision, data) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (model_id, kind, picture_id)
      DO UPDATE SET revision = excluded.revision, data = excluded.data
      """,
      [picture, model, kind.rawValue, try revision(), VectorCodec.encode(vector)])
  }

  private func add(_ tag: String, to picture: Int64) throws {
    let tag = tag.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !tag.isEmpty else { return }
    _ = try update("INSERT OR IGNORE INTO tags (picture_id, tag) VALUES (?, ?)", [picture, tag])
  }

  private mutating func save(
    _ caption: String?, _ vector: [Float]?, of id: Int64
  ) throws -> StoreOutcome {
    let outcome = try update("UPDATE pictures SET caption = ? WHERE id = ?", [caption, id])
    guard outcome == .done else { return .absent }
    if let vector, head.model != nil {
      try replace(vector, .caption, of: id)
    } else {
      _ = try update("DELETE FROM vectors WHERE picture_id = ? AND kind = 1", [id])
      try noteRemoval(of: id, .caption)
    }
    return .done
  }

  private mutating func move(
    _ id: Int64, from old: String, to entry: CatalogueEntry
  ) throws -> StoreOutcome {
    guard try path(of: id) == paths.stored(old) else { return try save(entry) }
    let path = paths.stored(entry.path)
    let overwritten = try Int64.fetchOne(
      database, sql: "SELECT id FROM pictures WHERE path = ? AND id <> ?", arguments: [path, id])
    if let overwritten { try remove(overwritten) }
    let (folder, name) = Paths.split(path)
    _ = try update(
      "UPDATE pictures SET path = ?, folder = ?, name = ?, size = ?, modified = ? WHERE id = ?",
      [path, folder, name, entry.status.size, entry.status.modified, id])
    _ = try update("DELETE FROM failures WHERE path = ?", [entry.path])
    return .moved
  }

  private func note(_ path: String, _ status: FileStatus, _ reason: String) throws {
    _ = try update(
      "INSERT OR REPLACE INTO failures (path, size, modified, reason) VALUES (?, ?, ?, ?)",
      [path, status.size, status.modified, reason])
  }

  // MARK: Removals

  private mutating func remove(_ id: Int64) throws {
    for kind in VectorKind.allCases { try noteRemoval(of: id, kind) }
    _ = try update("DELETE FROM pictures WHERE id = ?", [id])
  }

  private mutating func noteRemoval(of id: Int64, _ kind: VectorKind) throws {
    hasRemoved = true
    _ = try update(
      "INSERT INTO removals (revision, picture_id, kind) VALUES (?, ?, ?)",
      [try revision(), id, kind.rawValue])
  }

  /// Forgets old removals when there are many.
  func finish() throws {
    guard hasRemoved else { return }
    let count = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM removals") ?? 0
    guard count > 2 * Self.rememberedRemovals else { return }
    let start =
      try Int64.fetchOne(
        database, sql: "SELECT revision FROM removals ORDER BY revision DESC LIMIT 1 OFFSET ?",
        arguments: [Self.rememberedRemovals]) ?? 0
    try database.execute(sql: "DELETE FROM removals WHERE revision <= ?", arguments: [start])
    try database.execute(
      sql: "UPDATE library SET removals_start = MAX(removals_start, ?)", arguments: [start])
  }
}
