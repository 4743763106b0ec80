import CLIPEmbeddedModel
import CLIPModels
import CLIPText
import Foundation
import Torch
import TorchNN

/// A finished model that a student learns from.
package struct Teacher {
  let model: CLIP
  private let sharesTokens: Bool
  private let wantsTexts: Bool

  /// Loads the teacher of a run.
  ///
  /// - Parameters:
  ///   - configuration: which one, and what counts.
  ///   - student: whose pictures and tokens it will get.
  ///   - precision: how exactly it computes.
  /// - Throws: `ModelError` when the checkpoint is no model; `TorchError`.
  init(
    _ configuration: DistillationConfiguration, student: TrainableModel, precision: Precision
  ) throws {
    let source = try ModelSource(
      orEmbedded: DataSource.expanded(configuration.teacher),
      checkpoint: configuration.checkpoint.map { URL(filePath: try DataSource.expanded($0)) })
    model = try CLIP.load(source, device: student.device, precision: precision)
    sharesTokens =
      model.tokenizer.vocabulary.bytes == student.tokenizer.vocabulary.bytes
      && model.tokenizer.contextLength >= student.tokenizer.contextLength
    wantsTexts = configuration.textWeight > 0 || configuration.logitWeight > 0
  }

  /// Features of the pictures that the student sees, augmented as they are.
  ///
  /// - Parameter pixels: `[batch, size, size, 3]`, `uint8`.
  /// - Returns: `[batch, dimension]`, of unit length.
  /// - Throws: `ModelError` when the checkpoint is no model; `TorchError`.
  func images(_ pixels: Tensor) throws -> Tensor {
    try withoutGradients {
      let size = model.encoder.imageEncoder.imageSize
      var fitted = pixels
      if pixels.shape[1] != size {
        fitted = try pixels.to(.float32).permuted(0, 3, 1, 2)
          .resizedBicubic(height: size, width: size, alignCorners: false)
          .clamped(0...255).permuted(0, 2, 3, 1)
      }
      let input = try model.encoder.configuration.preprocessing(
        fitted, dtype: model.encoder.parameters.numerics.dtype)
      let features = try model.encoder.imageEncoder(input, options: .inference).embedding
      return try features.to(.float32).normalized()
    }
  }

  /// Features of the batch's texts, if they count.
  func texts(_ batch: TrainingBatch) throws -> Tensor? {
    guard wantsTexts else { return nil }
    let embeddings =
      sharesTokens
      ? try model.embed(tokens: batch.tokens) : try model.embed(texts: batch.texts())
    return try Tensor(embeddings.values, shape: [embeddings.count, embeddings.dimension])
      .to(device: model.device)
  }
}
