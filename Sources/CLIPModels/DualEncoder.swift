import Torch
public import TorchNN

/// Two encoders that share one space, and the scale of their scores.
///
/// Source: Radford et al., 2021, figure 3; `cn_clip/clip/model.py`, class `CLIP`.
public struct DualEncoder: Sendable {
  /// The architecture.
  public let configuration: ModelConfiguration
  /// The state dict that the encoders are made of.
  public let parameters: Parameters
  /// Pictures into the space.
  public let imageEncoder: ImageEncoder
  /// Sentences into the space.
  public let textEncoder: TextEncoder
  /// What turns scores into logits.
  public let scale: Scale

  /// Builds both encoders from their parameters.
  ///
  /// - Parameters:
  ///   - configuration: the architecture.
  ///   - parameters: the checkpoint, or random values.
  /// - Throws: `ParameterError` when checkpoint and architecture disagree.
  public init(_ configuration: ModelConfiguration, parameters: Parameters) throws {
    let root = parameters.root
    self.configuration = configuration
    self.parameters = parameters
    imageEncoder = try ImageEncoder(
      configuration.image.tower, output: configuration.imageOutput,
      embeddingDimension: configuration.embeddingDimension, in: root)
    textEncoder = try TextEncoder(
      configuration.text.tower, output: configuration.textOutput,
      embeddingDimension: configuration.embeddingDimension, in: root)
    scale = try Scale(configuration.scale, in: root)
  }

  /// The same model with its weights converted, and rearranged for speed if asked.
  ///
  /// - Parameter numerics: type, device and whether to prepare for inference.
  /// - Returns: a model with parameters of its own.
  /// - Throws: `TorchError` when the device fails or has too little memory.
  public func converted(to numerics: Numerics) throws -> DualEncoder {
    try DualEncoder(configuration, parameters: Parameters(from: parameters, numerics: numerics))
  }
}
