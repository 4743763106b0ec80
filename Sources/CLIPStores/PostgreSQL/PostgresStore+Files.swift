import CLIPImages
package import CLIPSearch

extension PostgresStore {
  package func states(ofFiles paths: [String]) async throws -> [FileState] {
    let stored = paths.map { self.paths.stored($0) }
    return try await read { connection in
      // Bytes tell names apart, where Swift's strings would take some for equal.
      var states: [[UInt8]: FileState] = [:]
      for row in try connection.query(
        "SELECT path, size, modified, reason FROM failures WHERE path = ANY($1::text[])",
        [.texts(paths)])
      {
        states[Array(row.text(0).utf8)] = .failed(
          FileStatus(size: row.integer(1), modified: row.integer(2)), reason: row.text(3))
      }
      for row in try connection.query(
        """
        SELECT path, id, size, modified, EXISTS (
          SELECT 1 FROM vectors WHERE picture_id = pictures.id AND kind = 0
            AND vectors.model_id = (SELECT model_id FROM library WHERE id = 1))
        FROM pictures WHERE path = ANY($1::text[])
        """, [.texts(stored)])
      {
        states[Array(self.paths.absolute(row.text(0)).utf8)] = .picture(
          id: row.integer(1), FileStatus(size: row.integer(2), modified: row.integer(3)),
          hasVector: row.bool(4))
      }
      for row in try connection.query(
        "SELECT path FROM forgotten WHERE path = ANY($1::text[])", [.texts(paths)])
      {
        states[Array(row.text(0).utf8)] = .forgotten
      }
      return paths.map { states[Array($0.utf8)] ?? .unknown }
    }
  }

  package func files(below path: String) async throws -> [(id: Int64, path: String)] {
    try await read { connection in
      try connection.query(
        """
        SELECT id, path FROM pictures
        WHERE path = $1 OR (path >= $2 AND path < $3)
        """, [.text(path)] + Self.range(below: path)
      ).map { ($0.integer(0), $0.text(1)) }
    }
  }

  package func failures(below folder: String?) async throws -> [IndexFailure] {
    try await read { connection in
      try connection.query(
        """
        SELECT path, reason FROM failures
        WHERE \(folder == nil ? "true" : "path >= $1 AND path < $2") ORDER BY path
        """, folder.map(Self.range) ?? []
      ).map { IndexFailure(path: $0.text(0), reason: $0.text(1)) }
    }
  }

  package func forgotten() async throws -> [String] {
    try await read {
      try $0.query("SELECT path FROM forgotten ORDER BY path").map { $0.text(0) }
    }
  }

  package func allowedFolders() async throws -> [String] {
    try await read { try $0.query("SELECT path FROM folders").map { $0.text(0) } }
  }

  /// All paths below a folder: '0' is the character after '/'.
  private static func range(below folder: String) -> [PostgresValue] {
    folder == "/" ? [.text("/"), .text("0")] : [.text(folder + "/"), .text(folder + "0")]
  }
}
