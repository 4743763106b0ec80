public import Torch
public import TorchNN

/// CLIP's ResNet: a three-layer stem, average pooling before strides, and an attention pool.
///
/// Source: Radford et al., 2021, section 2.4; `cn_clip/clip/model.py`, class `ModifiedResNet`.
public struct ModifiedResNet: ImageEncoder {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// Bottlenecks in each of the four stages.
    public var layers: [Int]
    /// Channels after the stem.
    public var width: Int
    /// Heads of the attention pool.
    public var heads: Int

    /// Names the numbers.
    public init(
      imageSize: Int, layers: [Int], width: Int, heads: Int
    ) {
      self.imageSize = imageSize
      self.layers = layers
      self.width = width
      self.heads = heads
    }
  }

  /// The side of its square pictures, in pixels.
  public let imageSize: Int
  let stem: [ConvNorm]
  let stages: [[Bottleneck]]
  let pool: AttentionPool

  /// Asks the scope (`visual`) for everything.
  public init(
    _ configuration: Configuration, embeddingDimension: Int, in scope: Parameters.Scope
  ) throws {
    let width = configuration.width
    imageSize = configuration.imageSize
    let stageCount = configuration.layers.count
    let input = scope.input(before: stageCount)
    func stemLayer(_ index: Int, _ inputs: Int, _ outputs: Int, stride: Int) throws -> ConvNorm {
      try ConvNorm(
        Conv2D(
          inputs, outputs, kernel: 3, stride: stride, padding: .symmetric(1),
          in: input / "conv\(index)"),
        BatchNorm2D(outputs, in: input / "bn\(index)"), numerics: scope.numerics)
    }
    stem = [
      try stemLayer(1, 3, width / 2, stride: 2),
      try stemLayer(2, width / 2, width / 2, stride: 1),
      try stemLayer(3, width / 2, width, stride: 1),
    ]
    var inputs = width
    stages = try configuration.layers.enumerated().map { stage, count in
      let planes = width << stage
      return try (0..<count).map { index in
        defer { inputs = planes * Bottleneck.expansion }
        return try Bottleneck(
          inputs, planes, stride: stage > 0 && index == 0 ? 2 : 1,
          in: scope.block(stage, of: stageCount) / "layer\(stage + 1)" / index)
      }
    }
    pool = try AttentionPool(
      side: configuration.imageSize / 32, width: inputs, outputs: embeddingDimension,
      heads: configuration.heads, in: scope / "attnpool")
  }

  /// Embeds `[batch, 3, imageSize, imageSize]`; the pooled embedding is the first token.
  public func callAsFunction(_ images: Tensor, options: EncodingOptions) throws -> Encoded {
    var x = try images.channelsLast()
    for layer in stem {
      x = try layer(x, activation: .relu, mode: options.mode)
    }
    x = try x.averagePooled2D(kernel: 2, stride: 2)
    for block in stages.joined() {
      x = try block(x, mode: options.mode)
    }
    return try pool(x, wantsTokens: options.wantsTokens)  // from [batch, width, side, side]
  }
}
