public import CLIPModels
import Foundation
import Synchronization

/// A folder that knows pictures: what they are, where they are, and vectors to search them by.
///
/// The catalogue and the vectors are in a store, which is a database in that folder unless another
/// was chosen. The folder also holds `thumbnails/`, which are made again when they are missing or
/// damaged, and `pictures/`, the pictures that were added as bytes. The indexed pictures themselves
/// stay where they are and are never changed.
///
/// A library may be used by any number of threads and processes at once. What a call has written
/// is on the disk when it returns. No call blocks Swift's cooperative pool.
///
/// ```swift
/// let library = try await PictureLibrary.open(at: "album.library", model: CLIP.embedded())
/// for hit in try await library.search(SearchQuery("一只可爱的小猫", limit: 5)) {
///   print(hit.path, hit.cosine)
/// }
/// ```
public final class PictureLibrary: Sendable {
  /// The absolute path of the library's folder.
  public let folder: String
  package let store: any PictureStore
  private let attached = Mutex<(any EmbeddingModel)?>(nil)
  let promptCache = Mutex<[String: [Float]]>([:])

  /// The kind of the store: `sqlite`, `postgres`, `milvus`.
  public let storeKind: String

  private init(store: any PictureStore, kind: String, folder: String) {
    self.store = store
    storeKind = kind
    self.folder = folder
  }

  /// Opens a library whose store is in its folder.
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
  ) async throws -> PictureLibrary {
    try await open(
      at: folder, store: nil, of: [SQLiteStore.kind], model: model, creating: creating)
  }

  /// Opens a library with any store.
  ///
  /// - Parameters:
  ///   - folder: Where all that belongs to this machine is kept.
  ///   - store: The store's address, as `sqlite:/home/me/pictures`; `nil` is a database in the folder.
  ///   - kinds: The stores that there are.
  ///   - model: As above.
  ///   - creating: Whether to make the store if there is none.
  /// - Returns: The library.
  /// - Throws: ``SearchError``.
  package static func open(
    at folder: String, store: String?, of kinds: [StoreKind],
    model: (any EmbeddingModel)? = nil, creating: Bool = false
  ) async throws -> PictureLibrary {
    let folder = Paths.absolute(folder)
    let address = StoreAddress(
      text: store ?? "\(SQLiteStore.kind.scheme):\(folder)", folder: folder, isCreating: creating)
    let library = PictureLibrary(
      store: try await address.open(kinds),
      kind: address.scheme.replacing("postgresql", with: "postgres"), folder: folder)
    if let model { try await library.use(model) }
    return library
  }

  /// What messages call the store: a folder, or an address without secrets.
  public var storeName: String { store.name }

  /// Returns if the store can be asked.
  ///
  /// - Throws: ``SearchError`` that says why not.
  public func checkStore() async throws { try await store.checkHealth() }

  /// The model in use.
  public var model: (any EmbeddingModel)? { attached.withLock { $0 } }

  /// Takes a model into use.
  ///
  /// - Throws: ``SearchError/otherModel(folder:library:offered:)`` when the library's vectors were made by
  ///   another model; ``SearchError/dimension(expected:found:what:)``.
  public func use(_ model: any EmbeddingModel) async throws {
    try await store.head().check(StoredModel(model), in: store.name)
    attached.withLock { $0 = model }
    promptCache.withLock { $0 = [:] }
  }

  /// The model in use, or an error that says what needs it.
  func requireModel(for purpose: String) throws -> any EmbeddingModel {
    guard let model else { throw SearchError.noModel(what: purpose) }
    return model
  }

  /// How much is in the library.
  public func statistics() async throws -> LibraryStatistics { try await store.statistics() }

  /// Files that could not be taken in, by path.
  public func failures() async throws -> [IndexFailure] { try await store.failures(below: nil) }

  /// Makes everything again that the store can make again from what it keeps: the files of vectors.
  public func rebuildVectorFiles() async throws { try await store.rebuild() }

  /// Does what makes the next searches and processes start quickly, if much has changed.
  public func compact() async throws { try await store.compact() }

  /// Gives up a change of model that has not come to its end.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func cancelReembedding() async throws -> Bool { try await store.cancelReembedding() }

  /// Looks at the vectors of one kind, once more if they could not be read to the end.
  func scanning<Result>(
    _ kind: VectorKind, where filter: PictureFilter? = nil,
    _ body: (any VectorView) async throws -> Result
  ) async throws -> Result {
    for attempt in 0..<2 {
      guard let view = try await store.vectors(of: kind, where: filter) else {
        throw SearchError.emptyLibrary(folder: store.name)
      }
      do { return try await body(view) } catch is StaleView where attempt == 0 {}
    }
    throw SearchError.database(folder: store.name, reason: "its vectors are damaged again")
  }

  /// Refuses to compare with vectors of another model: another process may have changed over.
  func check(_ view: any VectorView) throws {
    guard let model else { return }
    try StoreHead(model: view.model, pending: nil, generation: 0)
      .check(StoredModel(model), in: store.name)
  }
}

extension StoredModel {
  /// What a store keeps of a model.
  init(_ model: any EmbeddingModel, source: String? = nil) {
    self.init(
      name: model.name, fingerprint: model.fingerprint, dimension: model.embeddingDimension,
      source: source)
  }
}
