import GRDB

/// The one row that says where a library stands.
struct LibraryHead: Sendable {
  /// A model that made vectors of the library.
  struct Model: Sendable, Equatable {
    let id: Int64
    let name: String
    let fingerprint: String
    let dimension: Int
    /// What the person who indexed wrote to name it.
    let source: String?

    /// Name and the beginning of the fingerprint, for messages.
    var title: String { "'\(name)' (\(fingerprint.prefix(12)))" }
  }

  let uuid: String
  /// Raised by each write that changes vectors.
  let revision: Int64
  /// Removals after this revision are all known.
  let removalsStart: Int64
  let model: Model?
  /// The model that the library is being changed to.
  let pending: Model?

  static func fetch(_ database: Database) throws -> LibraryHead? {
    guard let row = try Row.fetchOne(database, sql: "SELECT * FROM library WHERE id = 1") else {
      return nil
    }
    return LibraryHead(
      uuid: row["uuid"], revision: row["revision"], removalsStart: row["removals_start"],
      model: try model(database, row["model_id"]),
      pending: try model(database, row["pending_model_id"]))
  }

  private static func model(_ database: Database, _ id: Int64?) throws -> Model? {
    guard let id,
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM models WHERE id = ?", arguments: [id])
    else { return nil }
    return Model(
      id: row["id"], name: row["name"], fingerprint: row["fingerprint"],
      dimension: row["dimension"], source: row["source"])
  }

  /// Raises the revision within a write.
  static func nextRevision(_ database: Database) throws -> Int64 {
    try Int64.fetchOne(
      database, sql: "UPDATE library SET revision = revision + 1 WHERE id = 1 RETURNING revision")
      ?? 0
  }
}
