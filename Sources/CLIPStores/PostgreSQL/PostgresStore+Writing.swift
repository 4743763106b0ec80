package import CLIPSearch
import Threads

extension PostgresStore {
  package func adopt(_ model: StoredModel) async throws {
    try await transaction { try $0.adopt(model) }
  }

  @discardableResult
  package func write(
    _ changes: [StoreChange], by model: StoredModel?
  ) async throws -> [StoreOutcome] {
    guard !changes.isEmpty || model != nil else { return [] }
    return try await transaction { transaction in
      if let model { try transaction.adopt(model) }
      return try transaction.apply(changes)
    }
  }

  package func prompts(of model: StoredModel) async throws -> [String: [Float]] {
    try await read { connection in
      var found: [String: [Float]] = [:]
      for row in try connection.query(
        """
        SELECT text, data FROM prompts
        WHERE model_id = (SELECT id FROM models WHERE fingerprint = $1)
        """, [.text(model.fingerprint)])
      {
        found[row.text(0)] = row.halves(1)
      }
      return found
    }
  }

  package func keep(_ prompts: [String: [Float]], of model: StoredModel) async throws {
    try await transaction { transaction in
      for (text, vector) in prompts {
        try transaction.connection.query(
          """
          INSERT INTO prompts (model_id, text, data)
          SELECT id, $1, $2::halfvec FROM models WHERE fingerprint = $3
          ON CONFLICT (model_id, text) DO UPDATE SET data = excluded.data
          """, [.text(text), .halves(vector), .text(model.fingerprint)])
      }
    }
  }

  /// Writes all or nothing, away from Swift's cooperative pool; writers take turns.
  @discardableResult
  func transaction<Result>(
    _ body: (inout PostgresTransaction) throws -> Result
  ) async throws -> Result {
    try await withTaskExecutorPreference(Self.threads) {
      try pool.write { connection in
        var transaction = try PostgresTransaction(connection, of: self)
        return try body(&transaction)
      }
    }
  }
}
