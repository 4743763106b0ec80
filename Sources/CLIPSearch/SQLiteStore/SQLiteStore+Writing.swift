import GRDB
import Threads

extension SQLiteStore {
  package func adopt(_ model: StoredModel) async throws {
    try await transaction { try $0.adopt(model) }
  }

  @discardableResult
  package func write(
    _ changes: [StoreChange], by model: StoredModel?
  ) async throws -> [StoreOutcome] {
    try await transaction { transaction in
      if let model { try transaction.adopt(model) }
      return try changes.map { try transaction.apply($0) }
    }
  }

  package func prompts(of model: StoredModel) async throws -> [String: [Float]] {
    try await read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT text, data FROM prompts
          WHERE model_id = (SELECT id FROM models WHERE fingerprint = ?)
          """, arguments: [model.fingerprint])
      var found: [String: [Float]] = [:]
      while let row = try rows.next() {
        found[row[0]] = VectorCodec.decode(row[1], dimension: model.dimension)
      }
      return found
    }
  }

  package func keep(_ prompts: [String: [Float]], of model: StoredModel) async throws {
    try await transaction { transaction in
      for (text, vector) in prompts {
        try transaction.database.execute(
          sql: """
            INSERT OR REPLACE INTO prompts (model_id, text, data)
            SELECT id, ?, ? FROM models WHERE fingerprint = ?
            """, arguments: [text, VectorCodec.encode(vector), model.fingerprint])
      }
    }
  }

  /// Writes all or nothing, away from Swift's cooperative pool.
  func transaction<Result>(
    _ body: (inout SQLiteTransaction) throws -> Result
  ) async throws -> Result {
    try await offloaded {
      try database.write { connection in
        var transaction = try SQLiteTransaction(connection, of: database)
        let result = try body(&transaction)
        try transaction.finish()
        return result
      }
    }
  }
}
