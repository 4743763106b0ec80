import GRDB

/// The one row that says where a library stands.
struct LibraryHead: Sendable {
  /// A model with its number in the table of models.
  struct Model: Sendable {
    let id: Int64
    let model: StoredModel
  }

  let uuid: String
  /// Raised by each write that changes vectors.
  let revision: Int64
  /// Removals after this revision are all known.
  let removalsStart: Int64
  let model: Model?
  /// The model that the library is being changed to.
  let pending: Model?

  /// The same for those who are not the database.
  var head: StoreHead {
    StoreHead(model: model?.model, pending: pending?.model, generation: revision)
  }

  static func fetch(_ database: Database) throws -> LibraryHead {
    let row = try Row.fetchOne(database, sql: "SELECT * FROM library WHERE id = 1")
    return LibraryHead(
      uuid: row?["uuid"] ?? "", revision: row?["revision"] ?? 0,
      removalsStart: row?["removals_start"] ?? 0, model: try model(database, row?["model_id"]),
      pending: try model(database, row?["pending_model_id"]))
  }

  private static func model(_ database: Database, _ id: Int64?) throws -> Model? {
    guard let id,
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM models WHERE id = ?", arguments: [id])
    else { return nil }
    return Model(
      id: row["id"],
      model: StoredModel(
        name: row["name"], fingerprint: row["fingerprint"], dimension: row["dimension"],
        source: row["source"]))
  }
}
