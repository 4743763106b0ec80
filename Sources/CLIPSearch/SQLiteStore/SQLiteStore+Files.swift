import CLIPImages
import GRDB

extension SQLiteStore {
  package func states(ofFiles paths: [String]) async throws -> [FileState] {
    let own = database.paths
    return try await read { database in
      let forgotten = try database.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM forgotten WHERE path = ?)")
      let pictures = try database.cachedStatement(
        sql: """
          SELECT id, size, modified, EXISTS (
            SELECT 1 FROM vectors WHERE picture_id = pictures.id AND kind = 0
              AND model_id = (SELECT model_id FROM library WHERE id = 1))
          FROM pictures WHERE path = ?
          """)
      let failures = try database.cachedStatement(
        sql: "SELECT size, modified, reason FROM failures WHERE path = ?")
      return try paths.map { path in
        if try Bool.fetchOne(forgotten, arguments: [path]) == true { return .forgotten }
        if let row = try Row.fetchOne(pictures, arguments: [own.stored(path)]) {
          return .picture(
            id: row[0], FileStatus(size: row[1], modified: row[2]), hasVector: row[3])
        }
        if let row = try Row.fetchOne(failures, arguments: [path]) {
          return .failed(FileStatus(size: row[0], modified: row[1]), reason: row[2])
        }
        return .unknown
      }
    }
  }

  package func files(below path: String) async throws -> [(id: Int64, path: String)] {
    try await read { database in
      try Row.fetchAll(
        database,
        sql: "SELECT id, path FROM pictures WHERE path = ? OR (path >= ? AND path < ?)",
        arguments: [path] + Self.range(below: path)
      ).map { ($0[0], $0[1]) }
    }
  }

  package func failures(below folder: String?) async throws -> [IndexFailure] {
    try await read { database in
      let condition = folder == nil ? "1" : "path >= ? AND path < ?"
      return try Row.fetchAll(
        database, sql: "SELECT path, reason FROM failures WHERE \(condition) ORDER BY path",
        arguments: folder.map(Self.range) ?? []
      ).map { IndexFailure(path: $0[0], reason: $0[1]) }
    }
  }

  package func forgotten() async throws -> [String] {
    try await read { try String.fetchAll($0, sql: "SELECT path FROM forgotten ORDER BY path") }
  }

  package func allowedFolders() async throws -> [String] {
    try await read { try String.fetchAll($0, sql: "SELECT path FROM folders") }
  }

  /// All paths below a folder: '0' is the character after '/'.
  private static func range(below folder: String) -> StatementArguments {
    folder == "/" ? ["/", "0"] : [folder + "/", folder + "0"]
  }
}
