package import Foundation
import GRDB

extension SQLiteStore {
  package func pictures(_ ids: [Int64]) async throws -> [Picture] {
    try await read { try PictureRows(paths: self.database.paths, database: $0).pictures(ids) }
  }

  package func pictures(
    where filter: PictureFilter?, order: PictureLibrary.Order, limit: Int, offset: Int
  ) async throws -> [Picture] {
    let paths = database.paths
    let condition = filter?.sql(paths) ?? "1"
    let ordering: SQL =
      switch order {
      case .newest: "taken DESC, id DESC"
      case .path: "path"
      case .added: "id"
      case .latest: "id DESC"
      }
    return try await read { database in
      let ids = try SQLRequest<Int64>(
        """
        SELECT id FROM pictures WHERE \(condition) ORDER BY \(ordering)
        LIMIT \(max(limit, 0)) OFFSET \(max(offset, 0))
        """
      ).fetchAll(database)
      return try PictureRows(paths: paths, database: database).pictures(ids)
    }
  }

  package func count(where filter: PictureFilter?) async throws -> Int {
    let condition = filter?.sql(database.paths) ?? "1"
    return try await read { database in
      try SQLRequest<Int>("SELECT COUNT(*) FROM pictures WHERE \(condition)")
        .fetchOne(database) ?? 0
    }
  }

  package func id(ofPath path: String) async throws -> Int64? {
    let stored = database.paths.stored(path)
    return try await read {
      try Int64.fetchOne($0, sql: "SELECT id FROM pictures WHERE path = ?", arguments: [stored])
    }
  }

  package func content(of id: Int64) async throws -> Data? {
    try await read {
      let statement = try $0.cachedStatement(sql: "SELECT content FROM pictures WHERE id = ?")
      return try Row.fetchOne(statement, arguments: [id])?[0]
    }
  }

  package func tags() async throws -> [(tag: String, count: Int)] {
    try await read {
      try Row.fetchAll(
        $0, sql: "SELECT tag, COUNT(*) AS count FROM tags GROUP BY tag ORDER BY count DESC, tag"
      ).map { ($0["tag"], $0["count"]) }
    }
  }

  package func folders() async throws -> [(path: String, count: Int)] {
    let paths = database.paths
    return try await read {
      try Row.fetchAll(
        $0, sql: "SELECT folder, COUNT(*) AS count FROM pictures GROUP BY folder ORDER BY folder"
      ).map { (paths.absolute($0["folder"] as String), $0["count"]) }
    }
  }

  package func page(after id: Int64, limit: Int) async throws -> [StoredPicture] {
    try await stored(
      sql: "SELECT id FROM pictures WHERE id > ? ORDER BY id LIMIT ?", [id, max(limit, 0)])
  }

  package func pictures(withContent content: Data) async throws -> [StoredPicture] {
    try await stored(
      sql: "SELECT id FROM pictures WHERE content = ? ORDER BY id LIMIT 32", [content])
  }

  /// All there is of the pictures whose numbers a query gives.
  private func stored(
    sql: String, _ arguments: StatementArguments
  ) async throws -> [StoredPicture] {
    let paths = database.paths
    return try await read { database in
      let statement = try database.cachedStatement(sql: sql)
      let ids = try Int64.fetchAll(statement, arguments: arguments)
      let model = try LibraryHead.fetch(database).model
      return try PictureRows(paths: paths, database: database).stored(ids, model: model)
    }
  }
}
