/// How much is in a library.
public struct LibraryStatistics: Sendable, Codable, Equatable {
  /// Pictures in the catalogue.
  public var pictures: Int
  /// Pictures with a vector of the library's model.
  public var vectors: Int
  /// Pictures with a caption.
  public var captions: Int
  /// Different tags.
  public var tags: Int
  /// Files that could not be taken in.
  public var failures: Int
  /// Bytes of all picture files.
  public var pictureBytes: Int64
  /// Bytes of the database.
  public var databaseBytes: Int64
  /// Name of the model that made the vectors; `nil` before the first picture.
  public var model: String?
  /// What the person who indexed wrote to name that model: a preset's name or a path.
  public var modelSource: String?
  /// Fingerprint of that model.
  public var fingerprint: String?
  /// Length of the vectors; 0 before the first picture.
  public var dimension: Int
  /// When a change of model is under way: its name and how many pictures it has embedded.
  public var reembedding: Reembedding?

  package init(
    pictures: Int, vectors: Int, captions: Int, tags: Int, failures: Int, pictureBytes: Int64,
    databaseBytes: Int64, model: String?, modelSource: String?, fingerprint: String?,
    dimension: Int, reembedding: Reembedding?
  ) {
    self.pictures = pictures
    self.vectors = vectors
    self.captions = captions
    self.tags = tags
    self.failures = failures
    self.pictureBytes = pictureBytes
    self.databaseBytes = databaseBytes
    self.model = model
    self.modelSource = modelSource
    self.fingerprint = fingerprint
    self.dimension = dimension
    self.reembedding = reembedding
  }

  /// A change of model that is under way.
  public struct Reembedding: Sendable, Codable, Equatable {
    /// The name of the model that the library changes to.
    public var model: String
    /// Pictures that it has embedded so far.
    public var done: Int

    package init(
      model: String, done: Int
    ) {
      self.model = model
      self.done = done
    }
  }
}

/// A file that could not be taken into the library.
public struct IndexFailure: Sendable, Codable, Equatable {
  /// The absolute path.
  public var path: String
  /// What is wrong with it, as a sentence.
  public var reason: String

  package init(
    path: String, reason: String
  ) {
    self.path = path
    self.reason = reason
  }
}
