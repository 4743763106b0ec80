package import CLIPSearch

extension PostgresStore {
  package func beginReembedding(with model: StoredModel) async throws -> Bool {
    try await transaction { transaction in
      guard let current = transaction.head.model else {
        throw SearchError.emptyLibrary(folder: name)
      }
      if let pending = transaction.head.pending {
        guard pending.model.fingerprint == model.fingerprint else {
          throw SearchError.otherReembedding(
            folder: name, pending: pending.model.title, offered: model.title)
        }
        return true
      }
      guard current.model.fingerprint != model.fingerprint else { return false }
      try transaction.connection.query(
        "UPDATE library SET pending_model_id = $1", [.integer(try transaction.register(model))])
      return true
    }
  }

  package func waiting(
    for kind: VectorKind, after id: Int64, limit: Int
  ) async throws -> [Picture] {
    try await pictures(
      sql: """
        SELECT id FROM pictures
        WHERE id > $1::bigint AND \(kind == .caption ? "caption IS NOT NULL" : "true")
          AND NOT EXISTS (
            SELECT 1 FROM vectors WHERE picture_id = pictures.id AND kind = $2::bigint
              AND vectors.model_id = (SELECT pending_model_id FROM library WHERE id = 1))
        ORDER BY id LIMIT $3::bigint
        """,
      [.integer(id), .integer(Int64(kind.rawValue)), .integer(Int64(max(limit, 0)))])
  }

  package func finishReembedding(with model: StoredModel) async throws {
    try await transaction { transaction in
      guard transaction.head.pending?.model.fingerprint == model.fingerprint else { return }
      // An approximate index is of the old model's vectors.
      try transaction.connection.query(
        """
        UPDATE library SET model_id = pending_model_id, pending_model_id = NULL,
          generation = generation + 1, search_width = NULL
        """)
      try transaction.connection.query("DROP INDEX IF EXISTS vectors_by_nearness")
    }
    try await removeUnusedModels()
  }

  package func cancelReembedding() async throws -> Bool {
    let isCancelled = try await transaction { transaction in
      guard transaction.head.pending != nil else { return false }
      try transaction.connection.query("UPDATE library SET pending_model_id = NULL")
      return true
    }
    try await removeUnusedModels()
    return isCancelled
  }

  private func removeUnusedModels() async throws {
    try await transaction { transaction in
      let unused = """
        SELECT models.id FROM models, library
        WHERE models.id IS DISTINCT FROM model_id AND models.id IS DISTINCT FROM pending_model_id
        """
      try transaction.connection.query("DELETE FROM vectors WHERE model_id IN (\(unused))")
      try transaction.connection.query("DELETE FROM models WHERE id IN (\(unused))")
    }
  }
}
