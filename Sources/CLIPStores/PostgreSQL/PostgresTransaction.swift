import CLIPImages
import CLIPSearch
import Foundation

/// Changes of the library within one write: all of them happen, or none.
struct PostgresTransaction {
  let connection: PostgresConnection
  private(set) var head: PostgresHead
  let paths: LibraryPaths
  private let store: String

  init(_ connection: PostgresConnection, of store: PostgresStore) throws {
    self.connection = connection
    self.store = store.name
    paths = store.paths
    head = try PostgresHead(connection, locking: true)
  }

  // MARK: Models

  /// Makes the model the library's, or checks that it is.
  mutating func adopt(_ model: StoredModel) throws {
    try head.head.check(model, in: store)
    if let known = head.model {
      if let source = model.source, known.model.source != source {
        try connection.query(
          "UPDATE models SET source = $1 WHERE id = $2", [.text(source), .integer(known.id)])
      }
      return
    }
    try connection.query(
      "UPDATE library SET model_id = $1", [.integer(try register(model))])
    head = try PostgresHead(connection)
  }

  /// The number of a model in the table of models.
  func register(_ model: StoredModel) throws -> Int64 {
    try connection.query(
      """
      INSERT INTO models (name, fingerprint, dimension, source) VALUES ($1, $2, $3, $4)
      ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, source = excluded.source
      RETURNING id
      """,
      [
        .text(model.name), .text(model.fingerprint), .integer(Int64(model.dimension)),
        .optional(model.source),
      ]
    ).first?.integer(0) ?? 0
  }

  // MARK: Changes

  /// Makes changes in their order; neighbouring pictures to be saved go together.
  mutating func apply(_ changes: [StoreChange]) throws -> [StoreOutcome] {
    guard !changes.isEmpty else { return [] }
    try connection.query("UPDATE library SET generation = generation + 1")
    var outcomes: [StoreOutcome] = []
    var entries: [CatalogueEntry] = []
    var seen: Set<[UInt8]> = []
    for change in changes {
      if case .save(let entry) = change, seen.insert(Array(entry.path.utf8)).inserted {
        entries.append(entry)
        continue
      }
      outcomes += try save(entries)
      (entries, seen) = ([], [])
      if case .save(let entry) = change {
        entries = [entry]
        seen = [Array(entry.path.utf8)]
      } else {
        outcomes.append(try apply(change))
      }
    }
    return outcomes + (try save(entries))
  }

  private func apply(_ change: StoreChange) throws -> StoreOutcome {
    switch change {
    case .save(let entry): return try save([entry]).first ?? .absent
    case .touch(let id, let status):
      return try update(
        "UPDATE pictures SET size = $1, modified = $2 WHERE id = $3",
        [.integer(status.size), .integer(status.modified), .integer(id)])
    case .move(let id, let old, let entry): return try move(id, from: old, to: entry)
    case .remove(let id, let path):
      guard try self.path(of: id) == paths.stored(path) else { return .absent }
      try remove(id)
      return .removed
    case .caption(let caption, let vector, let id): return try save(caption, vector, of: id)
    case .tags(let tags, let id):
      guard try path(of: id) != nil else { return .absent }
      _ = try update("DELETE FROM tags WHERE picture_id = $1", [.integer(id)])
      try add(tags, to: id)
      return .done
    case .pendingVector(let vector, let kind, let id):
      guard let pending = head.pending, try path(of: id) != nil else { return .absent }
      try replace(vector, kind, of: id, model: pending.id)
      return .done
    case .fail(let path, let status, let reason):
      let outdated = try connection.query(
        "SELECT id FROM pictures WHERE path = $1", [.text(paths.stored(path))]
      ).first?.integer(0)
      if let outdated { try remove(outdated) }
      try note(path, status, reason)
      return outdated == nil ? .done : .removed
    case .miss(let path, let reason):
      try note(path, FileStatus(size: 0, modified: 0), reason)
      return .done
    case .dismissFailure(let path):
      return try update("DELETE FROM failures WHERE path = $1", [.text(path)])
    case .forget(let path):
      return try update(
        "INSERT INTO forgotten (path) VALUES ($1) ON CONFLICT DO NOTHING", [.text(path)])
    case .restore(let path):
      return try update("DELETE FROM forgotten WHERE path = $1", [.text(path)])
    case .restoreAll:
      return .restored(try connection.query("DELETE FROM forgotten").affected)
    case .allow(let folder):
      return try update(
        "INSERT INTO folders (path) VALUES ($1) ON CONFLICT DO NOTHING", [.text(folder)])
    }
  }

  /// Runs a statement that changes rows.
  ///
  /// - Returns: `absent` if there were none to change.
  private func update(_ sql: String, _ values: [PostgresValue]) throws -> StoreOutcome {
    try connection.query(sql, values).affected > 0 ? .done : .absent
  }

  /// The path of a picture as it is written; `nil` if there is none.
  private func path(of id: Int64) throws -> String? {
    try connection.query("SELECT path FROM pictures WHERE id = $1", [.integer(id)])
      .first?.text(0)
  }

  private func add(_ tags: [String], to id: Int64) throws {
    try connection.query(
      "INSERT INTO tags SELECT $1::bigint, unnest($2::text[]) ON CONFLICT DO NOTHING",
      [.integer(id), .texts(Self.trimmed(tags))])
  }

  /// Tags without white space at their ends, and without empty ones.
  static func trimmed(_ tags: [String]) -> [String] {
    tags.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
  }

  private func save(
    _ caption: String?, _ vector: [Float]?, of id: Int64
  ) throws -> StoreOutcome {
    let outcome = try update(
      "UPDATE pictures SET caption = $1 WHERE id = $2", [.optional(caption), .integer(id)])
    guard outcome == .done else { return .absent }
    // A change of model that is under way must embed the new sentence again.
    try connection.query(
      "DELETE FROM vectors WHERE picture_id = $1 AND kind = 1", [.integer(id)])
    if let vector, let model = head.model {
      try replace(vector, .caption, of: id, model: model.id)
    }
    return .done
  }

  private func replace(
    _ vector: [Float], _ kind: VectorKind, of id: Int64, model: Int64
  ) throws {
    let place: [PostgresValue] = [.integer(id), .integer(model), .integer(Int64(kind.rawValue))]
    try connection.query(
      "DELETE FROM vectors WHERE picture_id = $1 AND model_id = $2 AND kind = $3", place)
    try connection.query(
      "INSERT INTO vectors (picture_id, model_id, kind, data) VALUES ($1, $2, $3, $4::halfvec)",
      place + [.halves(vector)])
  }

  private func move(
    _ id: Int64, from old: String, to entry: CatalogueEntry
  ) throws -> StoreOutcome {
    guard try path(of: id) == paths.stored(old) else {
      return try save([entry]).first ?? .absent
    }
    let path = paths.stored(entry.path)
    let overwritten = try connection.query(
      "SELECT id FROM pictures WHERE path = $1 AND id <> $2", [.text(path), .integer(id)]
    ).first?.integer(0)
    if let overwritten { try remove(overwritten) }
    let (folder, name) = Paths.split(path)
    _ = try update(
      """
      UPDATE pictures SET path = $1, folder = $2, name = $3, size = $4, modified = $5 WHERE id = $6
      """,
      [
        .text(path), .text(folder), .text(name), .integer(entry.status.size),
        .integer(entry.status.modified), .integer(id),
      ])
    _ = try update("DELETE FROM failures WHERE path = $1", [.text(entry.path)])
    return .moved
  }

  private func note(_ path: String, _ status: FileStatus, _ reason: String) throws {
    _ = try update(
      """
      INSERT INTO failures (path, size, modified, reason) VALUES ($1, $2, $3, $4)
      ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified,
        reason = excluded.reason
      """,
      [.text(path), .integer(status.size), .integer(status.modified), .text(reason)])
  }

  private func remove(_ id: Int64) throws {
    for statement in [
      "DELETE FROM vectors WHERE picture_id = $1", "DELETE FROM pictures WHERE id = $1",
    ] {
      try connection.query(statement, [.integer(id)])
    }
  }
}
