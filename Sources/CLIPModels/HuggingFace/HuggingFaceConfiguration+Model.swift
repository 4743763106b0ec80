import Checkpoints
import TorchNN

extension HuggingFaceConfiguration {
  /// Chinese-CLIP's epsilon of a vision transformer's norms, which is not among its numbers here.
  private static let visionEpsilon = 1e-5

  /// The image encoder.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)`` for one that is not known here.
  func image(file: String) throws -> ImageEncoderConfiguration {
    guard vision.layerNormEpsilon == Self.visionEpsilon else {
      throw ModelError.configuration(
        file: file,
        problem: "vision_config.layer_norm_eps is \(vision.layerNormEpsilon), but the vision "
          + "transformer here has \(Self.visionEpsilon)")
    }
    return .visionTransformer(
      VisionTransformer.Configuration(
        imageSize: vision.imageSize, patchSize: vision.patchSize, width: vision.hiddenSize,
        layers: vision.layers, heads: vision.heads, mlpWidth: vision.intermediateSize,
        activation: try Self.activation(vision.activation, "vision_config", file: file)))
  }

  /// The text encoder.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)`` for one that is not known here.
  func text(file: String) throws -> TextEncoderConfiguration {
    .bert(
      BERT.Configuration(
        vocabularySize: text.vocabularySize, maximumPositions: text.positions,
        tokenTypes: text.tokenTypes, width: text.hiddenSize, layers: text.layers,
        heads: text.heads, mlpWidth: text.intermediateSize,
        activation: try Self.activation(text.activation, "text_config", file: file),
        layerNormEpsilon: text.layerNormEpsilon, dropout: 0.1, projectionBias: false))
  }

  private static func activation(
    _ name: String, _ part: String, file: String
  ) throws -> Activation {
    guard let activation = Activation(rawValue: name) else {
      throw ModelError.configuration(
        file: file, problem: "\(part).hidden_act is '\(name)', an activation not known here")
    }
    return activation
  }

  /// Describes a model for transformers.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - elementType: what transformers loads the weights as.
  ///   - source: how messages call the model.
  /// - Throws: `CheckpointError.notConvertible(source:reason:)` for encoders that
  ///   `ChineseCLIPModel` does not have.
  package init(
    _ model: ModelConfiguration, elementType: String = "float32", source: String
  ) throws {
    guard let transformer = model.image.tower as? VisionTransformer.Configuration,
      let bert = model.text.tower as? BERT.Configuration, !bert.projectionBias,
      model.hasStandardOutputs
    else {
      throw CheckpointError.notConvertible(
        source: source,
        reason: "ChineseCLIPModel of transformers has a ViT and a BERT, both projected without "
          + "bias, and this model is another combination")
    }
    self.init(
      text: Text(), vision: Vision(), projectionDimension: model.embeddingDimension,
      elementType: elementType)
    vision.hiddenSize = transformer.width
    vision.layers = transformer.layers
    vision.heads = transformer.heads
    vision.intermediateSize = transformer.mlpWidth
    vision.imageSize = transformer.imageSize
    vision.patchSize = transformer.patchSize
    vision.activation = transformer.activation.rawValue
    vision.layerNormEpsilon = Self.visionEpsilon
    vision.projectionDimension = model.embeddingDimension
    text.vocabularySize = bert.vocabularySize
    text.hiddenSize = bert.width
    text.layers = bert.layers
    text.heads = bert.heads
    text.intermediateSize = bert.mlpWidth
    text.activation = bert.activation.rawValue
    text.positions = bert.maximumPositions
    text.tokenTypes = bert.tokenTypes
    text.layerNormEpsilon = bert.layerNormEpsilon
  }
}
