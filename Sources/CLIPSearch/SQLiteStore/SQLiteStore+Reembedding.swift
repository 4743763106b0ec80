import GRDB
import Threads

extension SQLiteStore {
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
      let number = try transaction.register(model)
      try transaction.database.execute(
        sql: "UPDATE library SET pending_model_id = ?", arguments: [number])
      return true
    }
  }

  package func waiting(
    for kind: VectorKind, after id: Int64, limit: Int
  ) async throws -> [Picture] {
    let paths = database.paths
    let condition = kind == .caption ? "caption IS NOT NULL" : "1"
    return try await read { database in
      let ids = try Int64.fetchAll(
        database,
        sql: """
          SELECT id FROM pictures WHERE id > ? AND \(condition) AND NOT EXISTS (
            SELECT 1 FROM vectors WHERE picture_id = pictures.id AND kind = ?
              AND model_id = (SELECT pending_model_id FROM library WHERE id = 1))
          ORDER BY id LIMIT ?
          """, arguments: [id, kind.rawValue, limit])
      return try PictureRows(paths: paths, database: database).pictures(ids)
    }
  }

  package func finishReembedding(with model: StoredModel) async throws {
    try await transaction { transaction in
      guard transaction.head.pending?.model.fingerprint == model.fingerprint else { return }
      _ = try transaction.revision()
      try transaction.database.execute(
        sql: "UPDATE library SET model_id = pending_model_id, pending_model_id = NULL")
    }
    try await removeUnusedModels()
  }

  package func cancelReembedding() async throws -> Bool {
    let isCancelled = try await transaction { transaction in
      guard transaction.head.pending != nil else { return false }
      try transaction.database.execute(sql: "UPDATE library SET pending_model_id = NULL")
      return true
    }
    try await removeUnusedModels()
    return isCancelled
  }

  /// Vectors of models that are no longer used go in small steps, so that the log stays small.
  private func removeUnusedModels() async throws {
    let unused = try await read { database in
      try Int64.fetchAll(
        database,
        sql: """
          SELECT models.id FROM models, library
          WHERE models.id IS NOT model_id AND models.id IS NOT pending_model_id
          """)
    }
    for model in unused {
      var removed = 1
      while removed > 0 {
        removed = try await transaction { transaction in
          try transaction.database.execute(
            sql: """
              DELETE FROM vectors WHERE id IN (
                SELECT id FROM vectors WHERE model_id = ? LIMIT 5000)
              """, arguments: [model])
          return transaction.database.changesCount
        }
      }
      try await transaction { transaction in
        try transaction.database.execute(
          sql: "DELETE FROM prompts WHERE model_id = ?", arguments: [model])
        try transaction.database.execute(
          sql: "DELETE FROM models WHERE id = ?", arguments: [model])
      }
    }
  }
}
