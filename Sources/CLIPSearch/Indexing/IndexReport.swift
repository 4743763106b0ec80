/// How far an indexing run is.
public struct IndexProgress: Sendable, Equatable {
  /// What is being done.
  public enum Stage: String, Sendable {
    /// Looking for files.
    case walking
    /// Reading and embedding pictures.
    case embedding
  }

  /// What is being done.
  public var stage: Stage
  /// Files looked at while walking; pictures finished while embedding.
  public var completed: Int
  /// Pictures to embed; 0 while walking.
  public var total: Int
  /// Files that could not be taken in so far.
  public var failures: Int
}

/// What an indexing run did.
public struct IndexReport: Sendable, Codable, Equatable {
  /// Pictures that are new in the library.
  public var added = 0
  /// Pictures whose contents had changed.
  public var changed = 0
  /// Pictures whose files had been moved or renamed; they keep their numbers, captions and tags.
  public var moved = 0
  /// Pictures whose files are as they were.
  public var unchanged = 0
  /// Pictures whose files had gone and were taken out.
  public var removed = 0
  /// Files that could not be taken in, by path.
  public var failures: [IndexFailure] = []
  /// Files that are damaged, but could be read and are in the library.
  public var warnings: [IndexFailure] = []
  /// Folders that are not there or empty though the library has pictures of them.
  ///
  /// Most likely a disk is not plugged in: the pictures are kept.
  public var missingFolders: [String] = []
  /// Whether the run was stopped before its end.
  public var cancelled = false
  /// How long it took.
  public var seconds = 0.0

  /// A report of nothing yet.
  public init() {}
}

/// How a folder is indexed.
public struct IndexOptions: Sendable {
  /// Pictures that are embedded and written at a time, `1...4096`.
  public var batchSize = 32
  /// What the person wrote to name the model; kept so that searches find it again.
  public var modelSource: String?
  /// Whether files that failed before are tried again although they have not changed.
  public var retriesFailures = false
  /// Whether pictures of folders that are not there any more are taken out.
  public var removesMissingFolders = false
  /// Which share of the files this run takes, where several machines index into one store.
  public var shard = IndexShard()

  /// The options' usual values.
  public init() {}
}
