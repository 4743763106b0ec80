public import CLIPModels
import Foundation
import GRDB
import Synchronization

/// A folder that knows pictures: what they are, where they are, and vectors to search them by.
///
/// The folder holds `library.sqlite`, which is the truth; `*.vectors`, the vectors ready to be
/// scanned, and `thumbnails/`, both of which are made again when they are missing or damaged; and
/// `pictures/`, the pictures that were added as bytes. The indexed pictures themselves stay where
/// they are and are never changed.
///
/// A library may be used by any number of threads and processes at once. What a call has written
/// is on the disk when it returns.
///
/// ```swift
/// let library = try PictureLibrary.open(at: "album.library", model: CLIP.embedded())
/// for hit in try await library.search(SearchQuery("一只可爱的小猫", limit: 5)) {
///   print(hit.path, hit.cosine)
/// }
/// ```
public final class PictureLibrary: Sendable {
  /// The absolute path of the library's folder.
  public let folder: String
  let database: LibraryDatabase
  let pictureVectors: VectorStore
  let captionVectors: VectorStore
  private let attached = Mutex<(any EmbeddingModel)?>(nil)
  let promptCache = Mutex<[String: [Float]]>([:])

  private init(database: LibraryDatabase) {
    self.database = database
    folder = database.folder
    pictureVectors = VectorStore(kind: .picture, database: database)
    captionVectors = VectorStore(kind: .caption, database: database)
  }

  /// Opens a library.
  ///
  /// - Parameters:
  ///   - folder: The library's folder.
  ///   - model: What embeds queries and new pictures; may be given later with ``use(_:)``. Without
  ///     one, only vectors and pictures of the library can be searched for.
  ///   - creating: Whether to make the library if there is none.
  /// - Returns: The library.
  /// - Throws: ``SearchError``, also when the library's vectors were made by another model.
  public static func open(
    at folder: String, model: (any EmbeddingModel)? = nil, creating: Bool = false
  ) throws -> PictureLibrary {
    let database = try LibraryDatabase(folder: Paths.absolute(folder), creating: creating)
    let library = PictureLibrary(database: database)
    if let model { try library.use(model) }
    return library
  }

  /// The model in use.
  public var model: (any EmbeddingModel)? { attached.withLock { $0 } }

  /// Takes a model into use.
  ///
  /// - Throws: ``SearchError/otherModel(folder:library:offered:)`` when the library's vectors were made by
  ///   another model; ``SearchError/dimension(expected:found:what:)``.
  public func use(_ model: any EmbeddingModel) throws {
    try database.read { try check(model, against: LibraryHead.fetch($0)) }
    attached.withLock { $0 = model }
    promptCache.withLock { $0 = [:] }
  }

  /// The model in use, or an error that says what needs it.
  func requireModel(for purpose: String) throws -> any EmbeddingModel {
    guard let model else { throw SearchError.noModel(what: purpose) }
    return model
  }

  /// Refuses a model whose vectors cannot be compared with the library's.
  func check(_ model: any EmbeddingModel, against head: LibraryHead?) throws {
    guard (1...SegmentLayout.maximumDimension).contains(model.embeddingDimension) else {
      throw SearchError.invalidArgument(
        name: "the model's embedding dimension", value: "\(model.embeddingDimension)",
        allowed: "1 to \(SegmentLayout.maximumDimension)")
    }
    guard let known = head?.model else { return }
    guard known.fingerprint == model.fingerprint else {
      throw SearchError.otherModel(
        folder: folder, library: known.title,
        offered: "'\(model.name)' (\(model.fingerprint.prefix(12)))")
    }
    guard known.dimension == model.embeddingDimension else {
      throw SearchError.dimension(
        expected: known.dimension, found: model.embeddingDimension,
        what: "The model '\(model.name)'")
    }
  }

  /// How much is in the library.
  public func statistics() throws -> LibraryStatistics {
    try database.read { database in
      func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try Int.fetchOne(database, sql: sql, arguments: arguments) ?? 0
      }
      let head = try LibraryHead.fetch(database)
      func vectors(_ model: LibraryHead.Model?) throws -> Int {
        try count(
          "SELECT COUNT(*) FROM vectors WHERE model_id = ? AND kind = 0", [model?.id ?? 0])
      }
      return LibraryStatistics(
        pictures: try count("SELECT COUNT(*) FROM pictures"),
        vectors: try vectors(head?.model),
        captions: try count("SELECT COUNT(*) FROM pictures WHERE caption IS NOT NULL"),
        tags: try count("SELECT COUNT(DISTINCT tag) FROM tags"),
        failures: try count("SELECT COUNT(*) FROM failures"),
        pictureBytes: Int64(try count("SELECT SUM(size) FROM pictures")),
        databaseBytes: Int64(try count("PRAGMA page_count") * count("PRAGMA page_size")),
        model: head?.model?.name, modelSource: head?.model?.source,
        fingerprint: head?.model?.fingerprint, dimension: head?.model?.dimension ?? 0,
        reembedding: try head?.pending.map {
          .init(model: $0.name, done: try vectors($0))
        })
    }
  }

  /// Files that could not be taken in, by path.
  public func failures() throws -> [IndexFailure] {
    try database.read { database in
      try Row.fetchAll(database, sql: "SELECT path, reason FROM failures ORDER BY path").map {
        IndexFailure(path: $0["path"], reason: $0["reason"])
      }
    }
  }

  /// Throws the files of ready-made vectors away and makes them again from the database.
  public func rebuildVectorFiles() throws {
    for store in [pictureVectors, captionVectors] {
      store.discard()
      try store.compact()
    }
  }

  /// Writes the files of ready-made vectors anew if much has changed since they were written, so
  /// that the next process starts quickly.
  public func compact() throws {
    try pictureVectors.compact()
    try captionVectors.compact()
    database.checkpoint()
  }

  /// Runs a search, once more from the database if a file of vectors turns out to be damaged.
  func scanning<Result>(
    _ kind: VectorKind, _ body: (VectorSnapshot) throws -> Result
  ) throws -> Result {
    let store = kind == .picture ? pictureVectors : captionVectors
    for attempt in 0..<2 {
      guard let snapshot = try store.snapshot() else {
        throw SearchError.emptyLibrary(folder: folder)
      }
      do { return try body(snapshot) } catch is DamagedSegment where attempt == 0 {
        store.discard("is damaged")
      }
    }
    throw SearchError.database(folder: folder, reason: "a file of vectors is damaged again")
  }
}
