import Foundation
import GRDB
import Threads

/// The store of a library on one machine: SQLite is the truth, and files of vectors beside it are
/// scanned.
///
/// The folder holds `library.sqlite`, and `*.vectors` and `pictures.index`, which are made again when
/// they are missing or damaged.
package final class SQLiteStore: ApproximateStore {
  /// The kind with the scheme `sqlite`; what follows is the path of a folder.
  package static let kind = StoreKind(scheme: "sqlite") { address in
    try await offloaded {
      try SQLiteStore(
        folder: Paths.absolute(address.path), pictures: address.folder,
        creating: address.isCreating)
    }
  }

  let database: LibraryDatabase
  private let pictureVectors: VectorStore
  private let captionVectors: VectorStore

  /// - Parameters:
  ///   - folder: The absolute path of the folder.
  ///   - library: The folder of the library; paths of files in it are kept relative to it, so that it
  ///     can be moved.
  ///   - creating: Whether the store is made if there is none.
  /// - Throws: ``SearchError``.
  private init(folder: String, pictures library: String, creating: Bool) throws {
    database = try LibraryDatabase(folder: folder, library: library, creating: creating)
    pictureVectors = VectorStore(kind: .picture, database: database)
    captionVectors = VectorStore(kind: .caption, database: database)
  }

  package var name: String { database.folder }

  package var isReadOnly: Bool { database.isReadOnly }

  /// Reads a consistent state, away from Swift's cooperative pool.
  func read<Result>(_ body: (Database) throws -> Result) async throws -> Result {
    try await offloaded { try database.read(body) }
  }

  /// The vectors of one kind.
  func vectorStore(_ kind: VectorKind) -> VectorStore {
    kind == .picture ? pictureVectors : captionVectors
  }

  package func head() async throws -> StoreHead {
    try await read { try LibraryHead.fetch($0).head }
  }

  package func checkHealth() async throws { _ = try await head() }

  package func statistics() async throws -> LibraryStatistics {
    try await read { database in
      func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try Int.fetchOne(database, sql: sql, arguments: arguments) ?? 0
      }
      let head = try LibraryHead.fetch(database)
      func vectors(_ model: LibraryHead.Model?) throws -> Int {
        try count(
          "SELECT COUNT(*) FROM vectors WHERE model_id = ? AND kind = 0", [model?.id ?? 0])
      }
      let model = head.model?.model
      return LibraryStatistics(
        pictures: try count("SELECT COUNT(*) FROM pictures"),
        vectors: try vectors(head.model),
        captions: try count("SELECT COUNT(*) FROM pictures WHERE caption IS NOT NULL"),
        tags: try count("SELECT COUNT(DISTINCT tag) FROM tags"),
        failures: try count("SELECT COUNT(*) FROM failures"),
        pictureBytes: Int64(try count("SELECT SUM(size) FROM pictures")),
        databaseBytes: Int64(try count("PRAGMA page_count") * count("PRAGMA page_size")),
        model: model?.name, modelSource: model?.source, fingerprint: model?.fingerprint,
        dimension: model?.dimension ?? 0,
        reembedding: try head.pending.map {
          .init(model: $0.model.name, done: try vectors($0))
        })
    }
  }

  package func compact() async throws {
    try await offloaded {
      for kind in VectorKind.allCases { try vectorStore(kind).compact() }
      database.checkpoint()
    }
  }

  package func rebuild() async throws {
    try await offloaded {
      for kind in VectorKind.allCases {
        vectorStore(kind).discard()
        try vectorStore(kind).compact()
      }
    }
  }
}
