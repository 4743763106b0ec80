public import CLIPImages
public import Foundation

/// What a picture library needs of a model: vectors for texts and for pictures in one space.
///
/// `CLIP` conforms. A server conforms its batching queue to gather the requests of many callers.
/// The vectors need not have unit length; the library normalises them.
public protocol EmbeddingModel: Sendable {
  /// The name a person gives the model, such as `ViT-B-16`.
  var name: String { get }
  /// Differs between any two models whose vectors must not be mixed.
  var fingerprint: String { get }
  /// The length of every vector.
  var embeddingDimension: Int { get }
  /// The multiplier that the model was trained to put before cosines in its softmax.
  var logitScale: Float { get }

  /// Decodes a picture file and brings it into the shape that the model sees.
  ///
  /// - Parameter picture: The bytes of a picture file.
  /// - Returns: The picture that ``imageVectors(_:)`` takes.
  /// - Throws: What is wrong with the file.
  func preprocess(_ picture: Data) throws -> RGBImage

  /// Embeds preprocessed pictures.
  ///
  /// - Parameter images: Pictures from ``preprocess(_:)``.
  /// - Returns: `images.count * embeddingDimension` numbers, one row a picture.
  /// - Throws: Why the model could not compute.
  func imageVectors(_ images: [RGBImage]) async throws -> [Float]

  /// Embeds texts.
  ///
  /// - Parameter texts: Any number of texts.
  /// - Returns: `texts.count * embeddingDimension` numbers, one row a text.
  /// - Throws: Why the model could not compute.
  func textVectors(_ texts: [String]) async throws -> [Float]
}
