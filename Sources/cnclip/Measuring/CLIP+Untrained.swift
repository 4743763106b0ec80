import CLIPImages
import CLIPModels
import CLIPText
import Torch
import TorchNN

extension CLIP {
  /// A model of a preset's architecture with random weights: as fast as the trained one, and
  /// useless for anything but measuring.
  ///
  /// - Parameters:
  ///   - preset: `ViT-B-16`, `RN50`, …, or any pair as `ViT-B-16@RBT3-chinese`.
  ///   - device: where to compute.
  ///   - precision: how exactly.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Returns: a model ready for use, whose answers mean nothing.
  /// - Throws: ``ModelError/unknownModel(name:known:)``.
  static func untrained(
    _ preset: String, device: Device = .automatic, precision: Precision = .automatic,
    batchSize: Int = CLIP.defaultBatchSize
  ) throws -> CLIP {
    let configuration = try Presets.configuration(named: preset)
    try Random.seed(20)
    let encoder = try withoutGradients {
      try DualEncoder(configuration, parameters: Parameters(from: nil))
    }
    return try CLIP(
      encoder: encoder,
      tokenizer: BERTTokenizer(
        vocabulary: .bundled(), contextLength: configuration.contextLength),
      preprocessor: configuration.preprocessor(),
      device: device, precision: precision, batchSize: batchSize)
  }
}
