package import CLIPSearch
import Foundation
import Threads

/// The store of a library in a PostgreSQL database with pgvector.
///
/// One schema of the database is one library. Vectors are kept in half precision, as SQLite keeps
/// them, ranked by the server, and scored in full precision. Searches look at every vector unless an
/// HNSW index was made (`cnclip library approximate`).
package final class PostgresStore: ApproximateStore {
  /// The kinds with the schemes `postgres` and `postgresql`.
  package static let kinds = ["postgres", "postgresql"].map { scheme in
    StoreKind(scheme: scheme) { address in
      try await withTaskExecutorPreference(threads) { try PostgresStore(address) }
    }
  }
  /// Waiting for a server needs many threads and little of the processor.
  static let threads = DedicatedThreads(label: "cnclip.postgres", count: 32)

  let pool: PostgresPool
  let paths: LibraryPaths
  package let isReadOnly: Bool

  private init(_ address: StoreAddress) throws {
    pool = PostgresPool(try PostgresAddress(address.text))
    paths = LibraryPaths(folder: address.folder)
    try pool.checkAddress()
    // A standby can be searched.
    isReadOnly = try pool.read {
      try $0.query("SHOW transaction_read_only").first?.text(0) == "on"
    }
    try PostgresSchema.prepare(pool, creating: address.isCreating && !isReadOnly)
  }

  package var name: String { pool.address.name }

  /// Asks, away from Swift's cooperative pool.
  func read<Result>(_ body: (PostgresConnection) throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(Self.threads) { try pool.read(body) }
  }

  package func head() async throws -> StoreHead { try await read { try PostgresHead($0).head } }

  package func checkHealth() async throws { _ = try await head() }

  package func statistics() async throws -> LibraryStatistics {
    let schema = pool.address.schema
    return try await read { connection in
      func count(_ sql: String, _ values: [PostgresValue] = []) throws -> Int {
        Int(try connection.query(sql, values).first?.integer(0) ?? 0)
      }
      let head = try PostgresHead(connection)
      func vectors(_ model: PostgresHead.Model?) throws -> Int {
        try count(
          "SELECT count(*) FROM vectors WHERE model_id = $1 AND kind = 0",
          [.integer(model?.id ?? 0)])
      }
      let model = head.model?.model
      return LibraryStatistics(
        pictures: try count("SELECT count(*) FROM pictures"), vectors: try vectors(head.model),
        captions: try count("SELECT count(*) FROM pictures WHERE caption IS NOT NULL"),
        tags: try count("SELECT count(DISTINCT tag) FROM tags"),
        failures: try count("SELECT count(*) FROM failures"),
        pictureBytes: Int64(try count("SELECT coalesce(sum(size), 0)::bigint FROM pictures")),
        databaseBytes: Int64(
          try count(
            """
            SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
            WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'm')
            """, [.text(schema)])),
        model: model?.name, modelSource: model?.source, fingerprint: model?.fingerprint,
        dimension: model?.dimension ?? 0,
        reembedding: try head.pending.map {
          .init(model: $0.model.name, done: try vectors($0))
        })
    }
  }

  /// The planner learns what has come in; the server cleans up by itself.
  package func compact() async throws {
    guard !isReadOnly else { return }
    try await read { connection in
      for table in ["pictures", "tags", "vectors"] { try connection.query("ANALYZE \(table)") }
    }
  }

  package func rebuild() async throws {
    try await read { connection in
      for table in ["pictures", "tags", "vectors"] {
        try connection.query("REINDEX TABLE \(table)")
      }
    }
    try await compact()
  }
}

/// The one row that says where a library stands.
struct PostgresHead {
  /// A model with its number in the table of models.
  struct Model {
    let id: Int64
    let model: StoredModel
  }

  let model: Model?
  /// The model that the library is being changed to.
  let pending: Model?
  let generation: Int64
  /// `hnsw.ef_search` of searches; `nil` where they are exact.
  let searchWidth: Int64?

  /// - Parameters:
  ///   - connection: Where it is asked for.
  ///   - locking: Whether others have to wait with changes until the end of the transaction.
  /// - Throws: ``PostgresError``.
  init(_ connection: PostgresConnection, locking: Bool = false) throws {
    if locking { try connection.query("SELECT 1 FROM library WHERE id = 1 FOR UPDATE") }
    let row = try connection.query(
      """
      SELECT generation, search_width,
        m.id, m.name, m.fingerprint, m.dimension, m.source,
        p.id, p.name, p.fingerprint, p.dimension, p.source
      FROM library LEFT JOIN models m ON m.id = model_id LEFT JOIN models p ON p.id = pending_model_id
      WHERE library.id = 1
      """
    ).first
    func model(_ start: Int) -> Model? {
      row?.optionalInteger(start).map { id in
        Model(
          id: id,
          model: StoredModel(
            name: row?.text(start + 1) ?? "", fingerprint: row?.text(start + 2) ?? "",
            dimension: Int(row?.integer(start + 3) ?? 0), source: row?.optionalText(start + 4)))
      }
    }
    generation = row?.integer(0) ?? 0
    searchWidth = row?.optionalInteger(1)
    self.model = model(2)
    pending = model(7)
  }

  /// The same for those who are not the database.
  var head: StoreHead {
    StoreHead(model: model?.model, pending: pending?.model, generation: generation)
  }
}
