public import Checkpoints
public import Torch
public import TorchNN

/// CLIP's ResNet: a three-layer stem, and average pooling before strides.
///
/// Source: Radford et al., 2021, section 2.4; `cn_clip/clip/model.py`, class `ModifiedResNet`.
public struct ModifiedResNet: ImageTrunk {
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

  let stem: [ConvNorm]
  let stages: [[Bottleneck]]

  /// Asks the scope (`visual`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let width = configuration.width
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
  }

  /// The places of `[batch, 3, imageSize, imageSize]`; the layers are the stages.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    var x = try images.channelsLast()
    for layer in stem {
      x = try layer(x, activation: .relu, mode: options.mode)
    }
    x = try x.averagePooled2D(kernel: 2, stride: 2)
    var record = LayerRecord(layers, asking: .all)
    for (index, stage) in stages.enumerated() {
      try record.add(index, of: x)
      for block in stage { x = try block(x, mode: options.mode) }
    }
    return TokenGrid(tokens: try x.places(), layers: record.layers)
  }
}

extension Tensor {
  /// `[batch, channels, height, width]` → `[batch, height · width, channels]`.
  func places() throws(TorchError) -> Tensor {
    let shape = shape
    return try reshaped(shape[0], shape[1], -1).transposed(1, 2)
  }
}

extension ModifiedResNet.Configuration: ImageTowerConfiguration {
  /// `modified_resnet`.
  public static var kind: String { "modified_resnet" }

  /// Told by its stages and by the positions of its attention pool.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let stages = (1...4).map { stage in
      checkpoint.count { "visual.layer\(stage).\($0).conv1.weight" }
    }
    guard let stem = checkpoint.shape("visual.conv1.weight", 4), stages.allSatisfy({ $0 > 0 }),
      let positions = checkpoint.shape("visual.attnpool.positional_embedding", 2),
      let grid = squareRoot(of: positions[0] - 1)
    else { return nil }
    return .with(heads: usualHeads(width: positions[1]), "ResNet", width: stem[0] * 2) { heads in
      Self(imageSize: grid * 32, layers: stages, width: stem[0] * 2, heads: heads)
    }
  }

  /// Whether there are four stages, and heads that fit the pool's width.
  public var isPossible: Bool {
    (32...65_536).contains(imageSize) && layers.count == 4
      && layers.allSatisfy { (1...256).contains($0) } && (2...4096).contains(width) && heads > 0
      && (width * 32).isMultiple(of: heads)
  }

  /// true.
  public var isOriginal: Bool { true }

  /// The places of the last map.
  public var shape: TrunkShape {
    let side = imageSize / 32
    let stages = layers.indices.map { (width << $0) * Bottleneck.expansion }
    return TrunkShape(
      width: stages.last ?? width, places: side * side, hasClassToken: false,
      layerWidths: [width] + stages)
  }

  /// The attention pool, whose last map leads into the shared space.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .attention(heads: heads), head: Head.none)
  }

  /// Builds the network.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try ModifiedResNet(self, in: scope)
  }
}

extension ImageEncoderConfiguration {
  /// CLIP's ResNet.
  public static func modifiedResNet(_ configuration: ModifiedResNet.Configuration) -> Self {
    Self(configuration)
  }
}
