public import CLIPImages
public import Foundation
import Threads

extension CLIP: EmbeddingModel {
  /// Decodes a picture file and brings it into the image encoder's shape.
  public func preprocess(_ picture: Data) throws -> RGBImage { try preprocessor(picture) }

  /// The same with what the file says about itself, in one reading.
  public func inspect(_ picture: Data) throws -> (image: RGBImage, source: ImageSource?) {
    try preprocessor.inspecting(picture)
  }

  /// Embeds preprocessed pictures with unit length, without holding up Swift's cooperative pool.
  ///
  /// It works on the threads that the calling task prefers, or else on threads of its own, and stops
  /// after the batch in hand when the task is cancelled.
  /// - Parameter images: squares of the encoder's size, as ``preprocessor`` makes them.
  /// - Returns: one row for each picture, in their order.
  /// - Throws: what ``embed(images:normalized:)`` throws; `CancellationError`.
  public func embeddings(of images: [RGBImage]) async throws -> Embeddings {
    try await offloaded { try embed(images: images) }
  }

  /// Embeds texts with unit length, in the same way as pictures.
  ///
  /// - Parameter texts: in any language that the model knows.
  /// - Returns: one row for each text, in their order.
  /// - Throws: what ``embed(texts:normalized:)`` throws; `CancellationError`.
  public func embeddings(of texts: [String]) async throws -> Embeddings {
    try await offloaded { try embed(texts: texts) }
  }
}
