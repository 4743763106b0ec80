package import CLIPSearch
import Threads

extension PostgresStore {
  package func vectors(
    of kind: VectorKind, where filter: PictureFilter?
  ) async throws -> (any VectorView)? {
    let head = try await read { try PostgresHead($0) }
    guard let model = head.model else { return nil }
    return PostgresView(
      store: self, model: model.model, number: model.id, kind: kind, filter: filter,
      searchWidth: filter == nil && kind == .picture ? head.searchWidth : nil)
  }
}

/// Vectors of a library in PostgreSQL, ranked where they are.
struct PostgresView: VectorView {
  /// Ranking in half precision may exchange neighbours: some more than wanted are scored in full.
  private static let margin = 16
  /// More hits than this are not looked for in an index.
  private static let approximateLimit = 100

  let store: PostgresStore
  let model: StoredModel
  /// The model's number.
  let number: Int64
  let kind: VectorKind
  let filter: PictureFilter?
  /// `hnsw.ef_search`; `nil` where searches are exact.
  var searchWidth: Int64?

  /// The rows of the view, behind parameters of the statement.
  private func condition(after values: [PostgresValue] = []) -> (sql: String, [PostgresValue]) {
    var condition = PostgresCondition(filter, paths: store.paths, after: values)
    let model = condition.place(.integer(number))
    let kind = condition.place(.integer(Int64(kind.rawValue)))
    let join =
      filter == nil ? "" : "JOIN pictures ON pictures.id = vectors.picture_id AND \(condition.sql)"
    return (
      "vectors \(join) WHERE vectors.model_id = \(model)::bigint AND kind = \(kind)::bigint",
      condition.values
    )
  }

  func ids() async throws -> [Int64] {
    let (rows, values) = condition()
    return try await store.read {
      try check($0)
      return try $0.query("SELECT picture_id FROM \(rows) ORDER BY 1", values).map { $0.integer(0) }
    }
  }

  func vectors(of ids: [Int64]) async throws -> [[Float]?] {
    guard !ids.isEmpty else { return [] }
    let (rows, values) = condition(after: [.numbers(ids)])
    return try await store.read { connection in
      try check(connection)
      var found: [Int64: [Float]] = [:]
      for row in try connection.query(
        "SELECT picture_id, data FROM \(rows) AND picture_id = ANY($1::bigint[])", values)
      {
        found[row.integer(0)] = row.halves(1)
      }
      return ids.map { found[$0] }
    }
  }

  func nearest(
    _ limit: Int, to queries: [[Float]], isExact: Bool
  ) async throws -> [[ScoredPicture]] {
    try await store.read { connection in
      try check(connection)
      return try queries.map { query in
        if let searchWidth, !isExact, limit <= Self.approximateLimit {
          return try approximate(limit, to: query, width: searchWidth, connection)
        }
        return try exact(limit, to: query, connection)
      }
    }
  }

  /// Looks at every vector: what is ordered by is not what an index is on.
  private func exact(
    _ limit: Int, to query: [Float], _ connection: PostgresConnection
  ) throws -> [ScoredPicture] {
    let (rows, values) = condition(after: [
      .floats(query), .integer(Int64(limit + Self.margin)),
    ])
    return try scored(
      limit,
      """
      SELECT picture_id, data FROM \(rows)
      ORDER BY data <#> $1::vector::halfvec, picture_id LIMIT $2::bigint
      """, values, connection)
  }

  func approximate(
    _ limit: Int, to query: [Float], width: Int64, _ connection: PostgresConnection
  ) throws -> [ScoredPicture] {
    let wanted = limit + Self.margin
    let width = min(1_000, max(width, Int64(wanted)))
    try connection.query(
      "SELECT set_config('hnsw.ef_search', $1, false)", [.text(String(width))])
    // Written out, so that the planner sees that they are the index's.
    let type = "halfvec(\(model.dimension))"
    return try scored(
      limit,
      """
      SELECT picture_id, data FROM vectors WHERE model_id = \(number) AND kind = \(kind.rawValue)
      ORDER BY data::\(type) <#> $1::vector::\(type) LIMIT $2::bigint
      """, [.floats(query), .integer(Int64(wanted))], connection)
  }

  /// The best of what was ranked, scored in full precision.
  private func scored(
    _ limit: Int, _ ranking: String, _ values: [PostgresValue], _ connection: PostgresConnection
  ) throws -> [ScoredPicture] {
    let found = try connection.query(
      "SELECT picture_id, -(data::vector <#> $1::vector) FROM (\(ranking)) AS ranked", values
    ).map { ScoredPicture(id: $0.integer(0), score: Float($0.double(1))) }
    return Array(found.sorted(by: ScoredPicture.precedes).prefix(limit))
  }

  /// Refuses to go on where the library has changed over to another model.
  private func check(_ connection: PostgresConnection) throws {
    let current = try connection.query("SELECT model_id FROM library WHERE id = 1").first
    guard current?.optionalInteger(0) == number else { throw StaleView() }
  }
}
