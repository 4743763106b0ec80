public import Checkpoints
public import Torch
public import TorchNN

/// The plain ResNet of torchvision and timm: ResNet-18, -34, -50, -101 and their like.
///
/// The tower of ConVIRT, GLoRIA and MedCLIP. Chinese-CLIP's RN50 is another network: see
/// ``ModifiedResNet``. Names are torchvision's.
///
/// Source: He et al., *Deep Residual Learning for Image Recognition*, 2015, table 1.
public struct ResNet: ImageTrunk {
  /// What the stages are made of.
  public enum Block: String, Codable, Hashable, Sendable {
    /// Two convolutions of 3 × 3, as in ResNet-18 and -34.
    case basic
    /// Convolutions of 1 × 1, 3 × 3 and 1 × 1, the last four times as wide, as in ResNet-50.
    case bottleneck

    /// Output channels for each inner channel.
    var expansion: Int { self == .basic ? 1 : 4 }
  }

  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// What the stages are made of.
    public var block: Block
    /// Blocks in each of the four stages.
    public var layers: [Int]
    /// Channels after the stem; 64 in all published ones.
    public var width: Int

    /// Names the numbers.
    public init(imageSize: Int, block: Block, layers: [Int], width: Int = 64) {
      self.imageSize = imageSize
      self.block = block
      self.layers = layers
      self.width = width
    }
  }

  private let stem: ConvNorm
  private let stages: [[ResidualBlock]]

  /// Asks the scope (`visual`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let width = configuration.width
    let stageCount = configuration.layers.count
    let input = scope.input(before: stageCount)
    stem = try ConvNorm(
      Conv2D(3, width, kernel: 7, stride: 2, padding: .symmetric(3), in: input / "conv1"),
      BatchNorm2D(width, in: input / "bn1"), numerics: scope.numerics)
    var inputs = width
    stages = try configuration.layers.enumerated().map { stage, count in
      let planes = width << stage
      return try (0..<count).map { index in
        defer { inputs = planes * configuration.block.expansion }
        return try ResidualBlock(
          configuration.block, inputs: inputs, planes: planes,
          stride: stage > 0 && index == 0 ? 2 : 1,
          in: scope.block(stage, of: stageCount) / "layer\(stage + 1)" / index)
      }
    }
  }

  /// The places of `[batch, 3, imageSize, imageSize]`; the layers are the stages.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    var x = try stem(images.channelsLast(), activation: .relu, mode: options.mode)
    x = try x.maximumPooled2D(kernel: 3, stride: 2, padding: 1)
    var record = LayerRecord(layers, asking: .all)
    for (index, stage) in stages.enumerated() {
      try record.add(index, of: x)
      for block in stage { x = try block(x, mode: options.mode) }
    }
    return TokenGrid(tokens: try x.places(), layers: record.layers)
  }
}

extension ResNet.Configuration: ImageTowerConfiguration {
  /// `resnet`.
  public static var kind: String { "resnet" }

  /// Told by its stem's kernel and its stages; any size of picture fits, and 224 is the usual one.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let stages = (1...4).map { stage in
      checkpoint.count { "visual.layer\(stage).\($0).conv1.weight" }
    }
    guard let stem = checkpoint.shape("visual.conv1.weight", 4), stem[2] == 7,
      stages.allSatisfy({ $0 > 0 })
    else { return nil }
    let isDeep = checkpoint["visual.layer1.0.conv3.weight"] != nil
    return .known(
      Self(
        imageSize: 224, block: isDeep ? .bottleneck : .basic, layers: stages, width: stem[0]))
  }

  /// Whether there are four stages, and sizes are within reason.
  public var isPossible: Bool {
    (32...65_536).contains(imageSize) && layers.count == 4
      && layers.allSatisfy { (1...256).contains($0) } && (1...4096).contains(width)
  }

  /// The places of the last map.
  public var shape: TrunkShape {
    let side = (imageSize + 31) / 32
    let stages = layers.indices.map { (width << $0) * block.expansion }
    return TrunkShape(
      width: stages.last ?? width, places: side * side, hasClassToken: false,
      layerWidths: [width] + stages)
  }

  /// The mean of all places, projected.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .mean(countsPadding: false), head: .linear(bias: false))
  }

  /// Builds the network.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try ResNet(self, in: scope)
  }
}

extension ImageEncoderConfiguration {
  /// The plain ResNet.
  public static func resNet(_ configuration: ResNet.Configuration) -> Self { Self(configuration) }
}
