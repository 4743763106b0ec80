import CLIPImages
package import CLIPSearch
import Foundation

/// A file that could not be taken in, as it is written down.
struct MilvusFailure: Codable {
  var size: Int64
  var modified: Int64
  var reason: String
}

extension MilvusStore {
  package func states(ofFiles paths: [String]) async throws -> [FileState] {
    try await calling {
      var states: [String: FileState] = [:]
      for entry in try state.entries(.failure, named: paths) {
        let failure = try JSONDecoder().decode(MilvusFailure.self, from: Data(entry.value.utf8))
        states[MilvusRow.key(entry.name)] = .failed(
          FileStatus(size: failure.size, modified: failure.modified), reason: failure.reason)
      }
      let rows = try pictures()?.rows(
        keys: paths.map { MilvusRow.key(self.paths.stored($0)) }, withVectors: true)
      for row in rows ?? [] {
        states[MilvusRow.key(self.paths.absolute(row.path))] = .picture(
          id: row.number, FileStatus(size: row.size, modified: row.modified),
          hasVector: row.vector != nil)
      }
      for entry in try state.entries(.forgotten, named: paths) {
        states[MilvusRow.key(entry.name)] = .forgotten
      }
      return paths.map { states[MilvusRow.key($0)] ?? .unknown }
    }
  }

  package func files(below path: String) async throws -> [(id: Int64, path: String)] {
    try await calling {
      guard let table = try pictures() else { return [] }
      var found: [(id: Int64, path: String)] = []
      let (start, end) = path == "/" ? ("/", "0") : (path + "/", path + "0")
      let condition = """
        path == \(MilvusExpression.quoted(path)) or (path >= \(MilvusExpression.quoted(start)) \
        and path < \(MilvusExpression.quoted(end)))
        """
      try scan(table, condition, fields: ["number", "path"]) { rows, row in
        found.append((rows.integer("number", row), rows.text("path", row)))
        return true
      }
      return found
    }
  }

  package func failures(below folder: String?) async throws -> [IndexFailure] {
    try await calling {
      let prefix = folder.map { $0 == "/" ? "/" : $0 + "/" } ?? ""
      return try state.entries(.failure).filter { $0.name.utf8.starts(with: prefix.utf8) }
        .map { entry in
          let failure = try JSONDecoder().decode(MilvusFailure.self, from: Data(entry.value.utf8))
          return IndexFailure(path: entry.name, reason: failure.reason)
        }
        .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
  }

  package func forgotten() async throws -> [String] {
    try await calling { try state.entries(.forgotten).map(\.name).sorted() }
  }

  package func allowedFolders() async throws -> [String] {
    try await calling { try state.entries(.folder).map(\.name) }
  }
}
