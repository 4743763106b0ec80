package import Foundation

/// Where the catalogue and the vectors of a picture library are kept: one file of SQLite, or a server.
///
/// ``PictureLibrary`` composes queries, folds, sorts and shows over this; a store knows nothing of
/// models, files or thumbnails. SQLite with files of vectors is one (`SQLiteStore/`); another is a
/// folder of files like it and a line in the table of kinds (``StoreKind``).
///
/// What every store keeps to:
/// - A call returns when what it wrote will survive the end of the process, and of the machine.
/// - ``write(_:by:)`` does all of a list or nothing. A store without transactions does the changes in
///   their order, and each of them may be done twice: then repeating the list after a failure comes to
///   the same.
/// - Numbers of pictures rise, and are never used again after a removal.
/// - Nothing blocks the thread of the caller's pool.
/// - Errors are ``SearchError``: what cannot be reached, read or written is one sentence.
/// - Paths are absolute, or any other name that stands for one picture; they are compared byte by byte.
/// - A store may be written by several processes at once.
package protocol PictureStore: Sendable {
  /// What messages call the store: a folder, or an address without secrets.
  var name: String { get }
  /// Whether nothing can be written.
  var isReadOnly: Bool { get }

  // MARK: State

  /// Which model the vectors are of, and how often they have changed.
  func head() async throws -> StoreHead
  /// Returns if the store can be asked, and throws the sentence that says why not.
  func checkHealth() async throws
  func statistics() async throws -> LibraryStatistics

  // MARK: Pictures

  /// Pictures in the order of the numbers given; unknown ones are left out.
  func pictures(_ ids: [Int64]) async throws -> [Picture]
  /// Pictures for which a filter holds, or all.
  func pictures(
    where filter: PictureFilter?, order: PictureLibrary.Order, limit: Int, offset: Int
  ) async throws -> [Picture]
  func count(where filter: PictureFilter?) async throws -> Int
  func id(ofPath path: String) async throws -> Int64?
  /// The fingerprint of a picture's contents, where it is known.
  func content(of id: Int64) async throws -> Data?
  /// All tags with the number of pictures that have them, most used first.
  func tags() async throws -> [(tag: String, count: Int)]
  /// All folders with the number of pictures directly in each, in order.
  func folders() async throws -> [(path: String, count: Int)]
  /// All there is of the pictures with greater numbers than `id`, in order of numbers; empty at the
  /// end. So a library is walked through, however large it is.
  func page(after id: Int64, limit: Int) async throws -> [StoredPicture]

  // MARK: Vectors

  /// The vectors of one kind and of the pictures for which a filter holds, as they are now; `nil`
  /// while the store has no model.
  func vectors(
    of kind: VectorKind, where filter: PictureFilter?
  ) async throws -> (any VectorView)?
  /// Unit vectors of texts that were kept for a model.
  func prompts(of model: StoredModel) async throws -> [String: [Float]]
  /// Keeps vectors of texts, if the model is the store's.
  func keep(_ prompts: [String: [Float]], of model: StoredModel) async throws

  // MARK: Writing

  /// Makes a model the store's, or checks that it is.
  ///
  /// - Throws: ``SearchError/otherModel(folder:library:offered:)``.
  func adopt(_ model: StoredModel) async throws
  /// Makes changes in their order, all or none.
  ///
  /// - Parameters:
  ///   - changes: What is to change.
  ///   - model: What made the vectors in them; becomes the store's if that has none. `nil` if there
  ///     are none in them.
  /// - Returns: What became of each change.
  /// - Throws: ``SearchError/otherModel(folder:library:offered:)``.
  @discardableResult
  func write(
    _ changes: [StoreChange], by model: StoredModel?
  ) async throws -> [StoreOutcome]

  // MARK: Files

  /// What is known of files, in the order of their paths.
  func states(ofFiles paths: [String]) async throws -> [FileState]
  /// Pictures whose files have these contents, in order of numbers, at most 32 of them.
  func pictures(withContent content: Data) async throws -> [StoredPicture]
  /// Numbers and paths of the picture at a path and of those below it.
  func files(below path: String) async throws -> [(id: Int64, path: String)]
  /// Files that could not be taken in, by path; only those below a folder if one is given.
  func failures(below folder: String?) async throws -> [IndexFailure]
  /// Files that indexing passes over.
  func forgotten() async throws -> [String]
  /// What a person has named to be taken in: files below may be handed out.
  func allowedFolders() async throws -> [String]

  // MARK: Changing the model

  /// Begins to change to another model, or goes on with that.
  ///
  /// - Returns: False if the store has that model already.
  /// - Throws: ``SearchError/otherReembedding(folder:pending:offered:)``, and
  ///   ``SearchError/emptyLibrary(folder:)`` without a model to change from.
  func beginReembedding(with model: StoredModel) async throws -> Bool
  /// Pictures of greater numbers than `id` that have no vector of the new model yet, in order; of
  /// captions, those that have one.
  func waiting(for kind: VectorKind, after id: Int64, limit: Int) async throws -> [Picture]
  /// Changes over to the new model if it is under way, and throws vectors of models away that are
  /// used no more.
  func finishReembedding(with model: StoredModel) async throws
  /// Gives a change of model up.
  ///
  /// - Returns: Whether there was one.
  func cancelReembedding() async throws -> Bool

  // MARK: Care

  /// Does what makes later searches and starts quick.
  func compact() async throws
  /// Makes everything again that can be made again from what is kept.
  func rebuild() async throws
}

/// A store that can be told to search only where the best answers most likely are.
package protocol ApproximateStore: PictureStore {
  /// Makes an index of lists, measures it, and takes it into use if it is good enough.
  func buildApproximateIndex(
    texts: [[Float]], recall: Double, lists: Int?, progress: (Double) -> Void
  ) async throws -> PictureLibrary.ApproximateReport
  /// Throws the index away.
  func removeApproximateIndex() async throws
}
