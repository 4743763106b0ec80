package import CLIPSearch
package import Foundation

extension PostgresStore {
  package func pictures(_ ids: [Int64]) async throws -> [Picture] {
    try await read { try pictures(ids, $0) }
  }

  /// Pictures in the order of the numbers given; unknown ones are left out.
  private func pictures(_ ids: [Int64], _ connection: PostgresConnection) throws -> [Picture] {
    guard !ids.isEmpty else { return [] }
    var tags: [Int64: [String]] = [:]
    for row in try connection.query(
      "SELECT picture_id, tag FROM tags WHERE picture_id = ANY($1::bigint[]) ORDER BY tag",
      [.numbers(ids)])
    {
      tags[row.integer(0), default: []].append(row.text(1))
    }
    var found: [Int64: Picture] = [:]
    for row in try connection.query(
      """
      SELECT id, path, size, modified, format, width, height, taken, camera, caption
      FROM pictures WHERE id = ANY($1::bigint[])
      """, [.numbers(ids)])
    {
      let id = row.integer(0)
      found[id] = Picture(
        id: id, path: paths.absolute(row.text(1)), size: row.integer(2), modified: row.integer(3),
        format: row.text(4), width: Int(row.integer(5)), height: Int(row.integer(6)),
        taken: row.optionalText(7), camera: row.optionalText(8), caption: row.optionalText(9),
        tags: tags[id] ?? [])
    }
    return ids.compactMap { found[$0] }
  }

  /// Pictures whose numbers a query gives.
  func pictures(
    sql: String, _ values: [PostgresValue]
  ) async throws -> [Picture] {
    try await read { connection in
      try pictures(try connection.query(sql, values).map { $0.integer(0) }, connection)
    }
  }

  package func pictures(
    where filter: PictureFilter?, order: PictureLibrary.Order, limit: Int, offset: Int
  ) async throws -> [Picture] {
    var condition = PostgresCondition(filter, paths: paths)
    let ordering =
      switch order {
      case .newest: "taken DESC NULLS LAST, id DESC"
      case .path: "path"
      case .added: "id"
      case .latest: "id DESC"
      }
    let count = condition.place(.integer(Int64(max(limit, 0))))
    let start = condition.place(.integer(Int64(max(offset, 0))))
    return try await pictures(
      sql: """
        SELECT id FROM pictures WHERE \(condition.sql) ORDER BY \(ordering)
        LIMIT \(count)::bigint OFFSET \(start)::bigint
        """, condition.values)
  }

  package func count(where filter: PictureFilter?) async throws -> Int {
    let condition = PostgresCondition(filter, paths: paths)
    return try await read {
      Int(
        try $0.query(
          "SELECT count(*) FROM pictures WHERE \(condition.sql)", condition.values
        ).first?.integer(0) ?? 0)
    }
  }

  package func id(ofPath path: String) async throws -> Int64? {
    try await read {
      try $0.query("SELECT id FROM pictures WHERE path = $1", [.text(paths.stored(path))])
        .first?.integer(0)
    }
  }

  package func content(of id: Int64) async throws -> Data? {
    try await read {
      try $0.query("SELECT content FROM pictures WHERE id = $1", [.integer(id)]).first?.data(0)
    }
  }

  package func tags() async throws -> [(tag: String, count: Int)] {
    try await read {
      try $0.query("SELECT tag, count(*) AS n FROM tags GROUP BY tag ORDER BY n DESC, tag")
        .map { ($0.text(0), Int($0.integer(1))) }
    }
  }

  package func folders() async throws -> [(path: String, count: Int)] {
    try await read {
      try $0.query("SELECT folder, count(*) FROM pictures GROUP BY folder ORDER BY folder")
        .map { (paths.absolute($0.text(0)), Int($0.integer(1))) }
    }
  }

  package func page(after id: Int64, limit: Int) async throws -> [StoredPicture] {
    try await stored(
      "id > $1::bigint ORDER BY id LIMIT $2::bigint",
      [.integer(id), .integer(Int64(max(limit, 0)))])
  }

  package func pictures(withContent content: Data) async throws -> [StoredPicture] {
    try await stored("content = $1::bytea ORDER BY id LIMIT 32", [.bytes(content)])
  }

  /// All there is of the pictures for which a condition holds.
  private func stored(
    _ condition: String, _ values: [PostgresValue]
  ) async throws -> [StoredPicture] {
    try await read { connection in
      var contents: [Int64: Data] = [:]
      let ids = try connection.query("SELECT id, content FROM pictures WHERE " + condition, values)
        .map { row in
          contents[row.integer(0)] = row.data(1)
          return row.integer(0)
        }
      let model = try PostgresHead(connection).model
      let vectors = try VectorKind.allCases.map {
        try Self.vectors(connection, model: model?.id ?? 0, $0, ids)
      }
      return try pictures(ids, connection).map { picture in
        StoredPicture(
          picture: picture, content: contents[picture.id], vector: vectors[0][picture.id],
          captionVector: vectors[1][picture.id])
      }
    }
  }

  /// Vectors of pictures, by their numbers.
  static func vectors(
    _ connection: PostgresConnection, model: Int64, _ kind: VectorKind, _ ids: [Int64]
  ) throws -> [Int64: [Float]] {
    var found: [Int64: [Float]] = [:]
    for row in try connection.query(
      """
      SELECT picture_id, data FROM vectors
      WHERE picture_id = ANY($1::bigint[]) AND model_id = $2::bigint AND kind = $3::bigint
      """, [.numbers(ids), .integer(model), .integer(Int64(kind.rawValue))])
    {
      found[row.integer(0)] = row.halves(1)
    }
    return found
  }
}
