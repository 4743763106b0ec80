public import CLIPImages
public import Foundation

/// What makes vectors of texts and of pictures in one space, as a picture library needs them.
///
/// ``CLIP`` is one, and so is an ``EmbeddingEngine``, which gathers the requests of many callers.
/// The vectors need not have unit length; who compares them normalises them.
public protocol EmbeddingModel: Sendable {
  /// The name a person gives the model, such as `ViT-B-16`.
  var name: String { get }
  /// Differs between any two models whose vectors must not be mixed.
  var fingerprint: String { get }
  /// The length of every vector.
  var embeddingDimension: Int { get }
  /// The multiplier that the model was trained to put before cosines.
  var logitScale: Float { get }
  /// What the model was trained to add then; nil in models whose probabilities are shares of one.
  var logitBias: Float? { get }

  /// Decodes a picture file and brings it into the shape that the model sees.
  ///
  /// - Parameter picture: The bytes of a picture file.
  /// - Returns: A picture that ``embeddings(of:)-([RGBImage])`` takes.
  /// - Throws: What is wrong with the file.
  func preprocess(_ picture: Data) throws -> RGBImage

  /// The same with what the file says about itself, in one reading.
  ///
  /// - Parameter picture: The bytes of a picture file.
  /// - Returns: The picture, and the file's own words; `nil` where they were not looked for.
  /// - Throws: What is wrong with the file.
  func inspect(_ picture: Data) throws -> (image: RGBImage, source: ImageSource?)

  /// Embeds preprocessed pictures.
  ///
  /// - Parameter images: Pictures from ``preprocess(_:)``.
  /// - Returns: One row for each picture, in their order.
  /// - Throws: Why the model could not compute; `CancellationError` in a cancelled task.
  func embeddings(of images: [RGBImage]) async throws -> Embeddings

  /// Embeds texts.
  ///
  /// - Parameter texts: Any number of texts.
  /// - Returns: One row for each text, in their order.
  /// - Throws: Why the model could not compute; `CancellationError` in a cancelled task.
  func embeddings(of texts: [String]) async throws -> Embeddings
}

extension EmbeddingModel {
  /// The picture alone.
  public func inspect(_ picture: Data) throws -> (image: RGBImage, source: ImageSource?) {
    (try preprocess(picture), nil)
  }
  /// Nothing, as in CLIP.
  public var logitBias: Float? { nil }
  /// How the model's scores become probabilities.
  public var logits: LogitScale { LogitScale(multiplier: logitScale, bias: logitBias) }
}
