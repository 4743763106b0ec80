public import Foundation

extension HuggingFaceConfiguration {
  /// Reads a `config.json`.
  /// - Throws: ``CheckpointError/invalidConfiguration(source:key:reason:)`` naming the key.
  public init(json data: Data, source: String = "config.json") throws {
    do {
      guard try Self.modelType(data) == "chinese_clip" else {
        throw CheckpointError.invalidConfiguration(
          source: source, key: "model_type", reason: "is not chinese_clip")
      }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw CheckpointError.invalidConfiguration(
        source: source, key: error.path, reason: error.reason)
    }
  }

  /// The `config.json`, keys in order.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// The `model_type` of a `config.json`, empty when there is none.
  package static func modelType(_ data: Data) throws -> String {
    struct Kind: Decodable {
      let modelType: String?
      enum CodingKeys: String, CodingKey { case modelType = "model_type" }
    }
    return try JSONDecoder().decode(Kind.self, from: data).modelType ?? ""
  }

  /// What the configuration says about the model.
  public var architecture: ArchitectureHint {
    ArchitectureHint(
      embeddingDimension: projectionDimension,
      vision: .init(
        kind: .visionTransformer, imageSize: vision.imageSize, patchSize: vision.patchSize,
        width: vision.hiddenSize, layers: [vision.layers], heads: vision.heads,
        intermediateSize: vision.intermediateSize, activation: vision.activation,
        layerNormEpsilon: vision.layerNormEpsilon),
      text: .init(
        vocabularySize: text.vocabularySize, positions: text.positions,
        tokenTypes: text.tokenTypes, width: text.hiddenSize, layers: text.layers,
        heads: text.heads, intermediateSize: text.intermediateSize, activation: text.activation,
        layerNormEpsilon: text.layerNormEpsilon))
  }

  /// Describes a model for transformers.
  /// - Throws: ``CheckpointError/notConvertible(source:reason:)`` for a ResNet, which
  ///   `ChineseCLIPModel` does not have, and where a number of heads is unknown.
  public init(
    _ architecture: ArchitectureHint, elementType: String = "float32", source: String
  ) throws {
    guard let vision = architecture.vision, vision.kind == .visionTransformer,
      let patchSize = vision.patchSize, let mlp = vision.intermediateSize,
      let text = architecture.text, let dimension = architecture.embeddingDimension
    else {
      throw CheckpointError.notConvertible(
        source: source,
        reason: "ChineseCLIPModel of transformers has a ViT and a BERT, and this "
          + "model is another combination")
    }
    guard let visionHeads = vision.heads, let textHeads = text.heads else {
      throw CheckpointError.notConvertible(
        source: source,
        reason: "the number of attention heads is not in the tensors and the width "
          + "(\(vision.width), \(text.width)) is no multiple of 64; give the numbers of heads")
    }
    self.init(
      text: Text(), vision: Vision(), projectionDimension: dimension, elementType: elementType)
    self.vision.hiddenSize = vision.width
    self.vision.layers = vision.layers.reduce(0, +)
    self.vision.heads = visionHeads
    self.vision.intermediateSize = mlp
    self.vision.imageSize = vision.imageSize
    self.vision.patchSize = patchSize
    self.vision.activation = vision.activation
    self.vision.layerNormEpsilon = vision.layerNormEpsilon
    self.vision.projectionDimension = dimension
    self.text.vocabularySize = text.vocabularySize
    self.text.hiddenSize = text.width
    self.text.layers = text.layers
    self.text.heads = textHeads
    self.text.intermediateSize = text.intermediateSize
    self.text.activation = text.activation
    self.text.positions = text.positions
    self.text.tokenTypes = text.tokenTypes
    self.text.layerNormEpsilon = text.layerNormEpsilon
  }
}

extension DecodingError {
  /// The key that the error is about.
  fileprivate var path: String {
    let path: [any CodingKey] =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context.codingPath
      @unknown default: []
      }
    return path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
  }

  /// What is wrong with it.
  fileprivate var reason: String {
    switch self {
    case .typeMismatch(let type, _), .valueNotFound(let type, _): "is no \(type)"
    case .keyNotFound(let key, _): "lacks \(key.stringValue)"
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "cannot be read"
    }
  }
}
