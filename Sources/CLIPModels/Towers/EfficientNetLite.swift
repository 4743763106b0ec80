public import Torch
public import TorchNN

/// EfficientNet-Lite: inverted bottlenecks without squeeze-and-excite, with ReLU6.
///
/// Sources: Tan, Le, *EfficientNet*, 2019, table 1; Google's `efficientnet/lite` (fixed stem and
/// head, TensorFlow's padding). Names are those of PyPI's `efficientnet-lite-pytorch`.
public struct EfficientNetLite: ImageEncoder {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// Factor on the channels of each stage; 1 in Lite0.
    public var widthMultiplier: Double
    /// Factor on the blocks of each inner stage; 1 in Lite0.
    public var depthMultiplier: Double
    /// Whether the projection adds a vector.
    public var projectionBias: Bool

    /// Names the numbers.
    public init(
      imageSize: Int, widthMultiplier: Double, depthMultiplier: Double, projectionBias: Bool
    ) {
      self.imageSize = imageSize
      self.widthMultiplier = widthMultiplier
      self.depthMultiplier = depthMultiplier
      self.projectionBias = projectionBias
    }
  }

  /// One row of table 1: kernel, stride, expansion, output channels and blocks.
  private struct Stage {
    let kernel, stride, expansion, outputs, blocks: Int
  }

  private static let stages = [
    Stage(kernel: 3, stride: 1, expansion: 1, outputs: 16, blocks: 1),
    Stage(kernel: 3, stride: 2, expansion: 6, outputs: 24, blocks: 2),
    Stage(kernel: 5, stride: 2, expansion: 6, outputs: 40, blocks: 2),
    Stage(kernel: 3, stride: 2, expansion: 6, outputs: 80, blocks: 3),
    Stage(kernel: 5, stride: 1, expansion: 6, outputs: 112, blocks: 3),
    Stage(kernel: 5, stride: 2, expansion: 6, outputs: 192, blocks: 4),
    Stage(kernel: 3, stride: 1, expansion: 6, outputs: 320, blocks: 1),
  ]
  static let epsilon = 1e-3
  private static let featureWidth = 1280

  /// The side of its square pictures, in pixels.
  public let imageSize: Int
  let stem: ConvNorm
  let blocks: [InvertedBottleneck]
  let head: ConvNorm
  let projection: Tensor
  let projectionBias: Tensor?

  /// Asks the scope (`visual`) for everything.
  public init(
    _ configuration: Configuration, embeddingDimension: Int, in scope: Parameters.Scope
  ) throws {
    imageSize = configuration.imageSize
    let numerics = scope.numerics
    let depths = Self.stages.enumerated().map { position, stage in
      let isOuter = position == 0 || position == Self.stages.count - 1
      let multiplier = isOuter ? 1 : configuration.depthMultiplier
      return Int((Double(stage.blocks) * multiplier).rounded(.up))
    }
    let blockCount = depths.reduce(0, +)
    let input = scope.input(before: blockCount)
    stem = try ConvNorm(
      Conv2D(3, 32, kernel: 3, stride: 2, padding: .same, in: input / "_conv_stem"),
      BatchNorm2D(32, epsilon: Self.epsilon, in: input / "_bn0"), numerics: numerics)
    var inputs = 32
    var blocks: [InvertedBottleneck] = []
    for (stage, depth) in zip(Self.stages, depths) {
      let outputs = Self.channels(stage.outputs, configuration.widthMultiplier)
      for index in 0..<depth {
        blocks.append(
          try InvertedBottleneck(
            inputs, outputs, kernel: stage.kernel, stride: index == 0 ? stage.stride : 1,
            expansion: stage.expansion,
            in: scope.block(blocks.count, of: blockCount) / "_blocks" / blocks.count))
        inputs = outputs
      }
    }
    self.blocks = blocks
    head = try ConvNorm(
      Conv2D(inputs, Self.featureWidth, kernel: 1, in: scope / "_conv_head"),
      BatchNorm2D(Self.featureWidth, epsilon: Self.epsilon, in: scope / "_bn1"),
      numerics: numerics)
    let head = scope.part(.imageHead)
    projection = try head.parameter(
      "proj", [Self.featureWidth, embeddingDimension],
      .normal(1 / Double(Self.featureWidth).squareRoot()))
    projectionBias =
      configuration.projectionBias
      ? try head.parameter("proj_bias", [embeddingDimension], .zeros) : nil
  }

  /// Embeds `[batch, 3, imageSize, imageSize]`; the pooled embedding is the first token.
  public func callAsFunction(_ images: Tensor, options: EncodingOptions) throws -> Encoded {
    var x = try stem(images.channelsLast(), activation: .relu6, mode: options.mode)
    for block in blocks {
      x = try block(x, mode: options.mode)
    }
    let features = try head(x, activation: .relu6, mode: options.mode)  // [batch, 1280, side, side]
    let pooled = try features.mean(axes: [2, 3])
    let embedding = try projected(pooled)
    guard options.wantsTokens else { return Encoded(embedding: embedding) }
    let shape = features.shape
    let places = try projected(features.reshaped(shape[0], shape[1], -1).transposed(1, 2))
    return Encoded(
      embedding: embedding,
      tokens: try .concatenated([embedding.unsqueezed(1), places], axis: 1))
  }

  private func projected(_ x: Tensor) throws(TorchError) -> Tensor {
    let y = try x.matmul(projection)
    return try projectionBias.map { bias throws(TorchError) in try y + bias } ?? y
  }

  /// Channels scaled and rounded to a multiple of eight, never down by more than a tenth.
  private static func channels(_ count: Int, _ multiplier: Double) -> Int {
    let scaled = Double(count) * multiplier
    let rounded = max(8, Int(scaled + 4) / 8 * 8)
    return Double(rounded) < 0.9 * scaled ? rounded + 8 : rounded
  }
}
