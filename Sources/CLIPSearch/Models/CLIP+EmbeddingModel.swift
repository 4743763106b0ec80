public import CLIPImages
public import CLIPModels
public import Foundation

extension CLIP: EmbeddingModel {
  /// Decodes a picture file and squashes it to the size of the image encoder.
  public func preprocess(_ picture: Data) throws -> RGBImage { try preprocessor(picture) }

  /// Embeds preprocessed pictures, on the threads that the calling task prefers or else on others
  /// than the cooperative pool's.
  public func imageVectors(_ images: [RGBImage]) async throws -> [Float] {
    try await offloaded { try self.embed(images: images).values }
  }

  /// Embeds texts, on the same threads as pictures.
  public func textVectors(_ texts: [String]) async throws -> [Float] {
    try await offloaded { try self.embed(texts: texts).values }
  }
}
