public import Foundation

/// Everything about a model that its tensors do not say; one JSON file, every key required.
public struct ModelConfiguration: Codable, Hashable, Sendable {
  /// What the model is called.
  public var name: String
  /// The size of the shared space.
  public var embeddingDimension: Int
  /// Tokens that a text is cut to, `[CLS]` and `[SEP]` included.
  public var contextLength: Int
  /// The network for pictures.
  public var image: ImageEncoderConfiguration
  /// The network for texts.
  public var text: TextEncoderConfiguration
  /// What happens to a picture's pixels before the network.
  public var preprocessing: Preprocessing

  /// Names the parts.
  public init(
    name: String, embeddingDimension: Int, contextLength: Int = 52,
    image: ImageEncoderConfiguration, text: TextEncoderConfiguration,
    preprocessing: Preprocessing = .clip
  ) {
    self.name = name
    self.embeddingDimension = embeddingDimension
    self.contextLength = contextLength
    self.image = image
    self.text = text
    self.preprocessing = preprocessing
  }

  /// Reads a configuration; a key that is not known is an error that names the nearest known one.
  ///
  /// - Parameters:
  ///   - data: the JSON file.
  ///   - file: how messages call it.
  /// - Throws: ``ModelError/configuration(file:problem:)``.
  public init(json data: Data, file: String) throws {
    self = try ConfigurationFile.decode(Self.self, from: data, file: file)
    try validate(file: file)
  }

  /// The JSON file, with sorted keys.
  public func json() throws -> Data {
    try ConfigurationFile.encode(self)
  }

  private func validate(file: String) throws {
    func require(_ condition: Bool, _ problem: String) throws {
      guard condition else { throw ModelError.configuration(file: file, problem: problem) }
    }
    try require(
      (1...65_536).contains(embeddingDimension), "embedding_dimension must be in 1…65536")
    try require(
      contextLength >= 2 && contextLength <= text.maximumPositions,
      "context_length must be in 2…\(text.maximumPositions), the text encoder's positions")
    try require(
      preprocessing.mean.count == 3 && preprocessing.standardDeviation.count == 3
        && preprocessing.standardDeviation.allSatisfy { $0 > 0 },
      "preprocessing needs three means and three positive standard deviations")
    switch image {
    case .visionTransformer(let vit):
      try require(
        vit.patchSize > 0 && vit.imageSize >= vit.patchSize && vit.heads > 0 && vit.width > 0
          && vit.width.isMultiple(of: vit.heads) && (1...512).contains(vit.layers)
          && vit.mlpWidth > 0 && max(vit.imageSize, vit.width, vit.mlpWidth) <= 65_536,
        "image.vision_transformer is not possible: \(vit)")
    case .modifiedResNet(let resNet):
      try require(
        resNet.imageSize >= 32 && resNet.imageSize <= 65_536 && resNet.layers.count == 4
          && resNet.layers.allSatisfy { (1...256).contains($0) }
          && (2...4096).contains(resNet.width) && resNet.heads > 0
          && (resNet.width * 32).isMultiple(of: resNet.heads),
        "image.modified_resnet is not possible: \(resNet)")
    case .efficientNetLite(let net):
      try require(
        (32...65_536).contains(net.imageSize) && (0.1...16).contains(net.widthMultiplier)
          && (0.1...16).contains(net.depthMultiplier),
        "image.efficientnet_lite is not possible: \(net)")
    }
    switch text {
    case .bert(let bert):
      try require(
        bert.heads > 0 && bert.width > 0 && bert.width.isMultiple(of: bert.heads)
          && (1...512).contains(bert.layers) && bert.vocabularySize > 0 && bert.mlpWidth > 0
          && bert.tokenTypes > 0 && (2...65_536).contains(bert.maximumPositions)
          && max(bert.width, bert.mlpWidth) <= 65_536 && bert.vocabularySize <= 10_000_000,
        "text.bert is not possible: \(bert)")
    }
  }
}
