public import Torch
public import TorchNN

/// EfficientNet-Lite: inverted bottlenecks without squeeze-and-excite, with ReLU6.
///
/// Sources: Tan, Le, *EfficientNet*, 2019, table 1; Google's `efficientnet/lite` (fixed stem and
/// head, TensorFlow's padding). Names are those of PyPI's `efficientnet-lite-pytorch`.
public struct EfficientNetLite: ImageTrunk {
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

  private static let stages = EfficientNetStage.standard
  fileprivate static let featureWidth = 1280

  let stem: ConvNorm
  let blocks: [InvertedBottleneck]
  let head: ConvNorm

  /// Asks the scope (`visual`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let numerics = scope.numerics
    let depths = Self.depths(configuration.depthMultiplier)
    let blockCount = depths.reduce(0, +)
    let input = scope.input(before: blockCount)
    stem = try ConvNorm(
      Conv2D(3, 32, kernel: 3, stride: 2, padding: .same, in: input / "_conv_stem"),
      BatchNorm2D(32, epsilon: EfficientNet.epsilon, in: input / "_bn0"), numerics: numerics)
    var inputs = 32
    var blocks: [InvertedBottleneck] = []
    for (stage, depth) in zip(Self.stages, depths) {
      let outputs = EfficientNetStage.channels(stage.outputs, configuration.widthMultiplier)
      for index in 0..<depth {
        let stride = index == 0 ? stage.stride : 1
        blocks.append(
          try InvertedBottleneck(
            inputs, outputs, stage, stride: stride,
            form: InvertedBottleneck.Form(
              activation: .relu6, squeezeRatio: nil, padding: .same,
              isResidual: stride == 1 && inputs == outputs),
            in: scope.block(blocks.count, of: blockCount) / "_blocks" / blocks.count))
        inputs = outputs
      }
    }
    self.blocks = blocks
    head = try ConvNorm(
      Conv2D(inputs, Self.featureWidth, kernel: 1, in: scope / "_conv_head"),
      BatchNorm2D(Self.featureWidth, epsilon: EfficientNet.epsilon, in: scope / "_bn1"),
      numerics: numerics)
  }

  /// The places of `[batch, 3, imageSize, imageSize]`; the layers are the blocks.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    var x = try stem(images.channelsLast(), activation: .relu6, mode: options.mode)
    var record = LayerRecord(layers, asking: .all)
    for (index, block) in blocks.enumerated() {
      try record.add(index, of: x)
      x = try block(x, mode: options.mode)
    }
    let features = try head(x, activation: .relu6, mode: options.mode)  // [batch, 1280, side, side]
    return TokenGrid(tokens: try features.places(), layers: record.layers)
  }

  /// Channels of the stem, of every block but the last, and of the head.
  fileprivate static func layerWidths(_ configuration: Configuration) -> [Int] {
    let blocks = zip(stages, depths(configuration.depthMultiplier)).flatMap { stage, depth in
      repeatElement(
        EfficientNetStage.channels(stage.outputs, configuration.widthMultiplier), count: depth)
    }
    return [32] + blocks.dropLast() + [featureWidth]
  }

  /// How many blocks each stage has.
  fileprivate static func depths(_ multiplier: Double) -> [Int] {
    stages.enumerated().map { position, stage in
      let isOuter = position == 0 || position == stages.count - 1
      return EfficientNetStage.depth(stage.blocks, isOuter ? 1 : multiplier)
    }
  }
}

extension EfficientNetLite.Configuration: ImageTowerConfiguration {
  /// `efficientnet_lite`.
  public static var kind: String { "efficientnet_lite" }

  /// Whether the size and the multipliers are within reason.
  public var isPossible: Bool {
    (32...65_536).contains(imageSize) && (0.1...16).contains(widthMultiplier)
      && (0.1...16).contains(depthMultiplier)
  }

  /// The places of the last map, of 1280 channels.
  public var shape: TrunkShape {
    let side = (imageSize + 31) / 32
    return TrunkShape(
      width: EfficientNetLite.featureWidth, places: side * side, hasClassToken: false,
      layerWidths: EfficientNetLite.layerWidths(self))
  }

  /// The mean of all places, projected.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(
      pooling: .mean(countsPadding: false), head: .linear(bias: projectionBias))
  }

  /// Builds the network.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try EfficientNetLite(self, in: scope)
  }
}

extension ImageEncoderConfiguration {
  /// EfficientNet-Lite.
  public static func efficientNetLite(_ configuration: EfficientNetLite.Configuration) -> Self {
    Self(configuration)
  }
}
