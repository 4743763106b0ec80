public import Torch
public import TorchNN

/// EfficientNet: inverted bottlenecks with squeeze-and-excite and SiLU; ALIGN's image tower.
///
/// Sources: Tan, Le, *EfficientNet*, 2019; Jia et al., *Scaling Up Visual and Vision-Language
/// Representation Learning With Noisy Text Supervision* (ALIGN), 2021, whose tower ends before the
/// last convolution. Names are those of PyPI's `efficientnet-pytorch`.
public struct EfficientNet: ImageTrunk {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// Factor on the channels; 1 in B0, 2 in B7, 4.3 in L2.
    public var widthMultiplier: Double
    /// Factor on the blocks of a stage; 1 in B0, 3.1 in B7, 5.3 in L2.
    public var depthMultiplier: Double
    /// The stages; those of the paper where absent.
    public var stages: [EfficientNetStage]?
    /// Channels of squeeze-and-excite for each channel that comes in; a quarter where absent.
    public var squeezeRatio: Double?
    /// What the scaled channels are rounded to; 8 where absent.
    public var channelMultiple: Int?
    /// Channels of the last convolution, before they are scaled: 1280 in the paper.
    ///
    /// Absent, the tower ends before it, as ALIGN's.
    public var headWidth: Int?
    /// Blocks with a stride that pad evenly on all sides, as TensorFlow does for a map of odd side.
    ///
    /// All others pad as it does for even ones; absent, each pads by the side it gets. It is
    /// `depthwise_padding` of transformers' AlignVisionConfig.
    public var evenlyPaddedBlocks: [Int]?

    /// Names the numbers.
    public init(
      imageSize: Int, widthMultiplier: Double, depthMultiplier: Double, headWidth: Int? = nil
    ) {
      self.imageSize = imageSize
      self.widthMultiplier = widthMultiplier
      self.depthMultiplier = depthMultiplier
      self.headWidth = headWidth
    }
  }

  static let epsilon = 1e-3
  fileprivate static let stemWidth = 32

  private let stem: ConvNorm
  private let blocks: [InvertedBottleneck]
  private let head: ConvNorm?

  /// Asks the scope (`visual`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let numerics = scope.numerics
    let places = configuration.places
    let input = scope.input(before: places.count)
    var inputs = configuration.channels(Self.stemWidth)
    stem = try ConvNorm(
      Conv2D(
        3, inputs, kernel: 3, stride: 2, padding: configuration.padding(ofBlock: nil, kernel: 3),
        in: input / "_conv_stem"),
      BatchNorm2D(inputs, epsilon: Self.epsilon, in: input / "_bn0"), numerics: numerics)
    blocks = try places.enumerated().map { index, place in
      let outputs = configuration.channels(place.stage.outputs)
      let stride = place.isFirst ? place.stage.stride : 1
      defer { inputs = outputs }
      return try InvertedBottleneck(
        inputs, outputs, place.stage, stride: stride,
        form: InvertedBottleneck.Form(
          activation: .silu, squeezeRatio: configuration.squeezeRatio ?? 0.25,
          padding: stride > 1
            ? configuration.padding(ofBlock: index, kernel: place.stage.kernel) : .same,
          isResidual: !place.isFirst),
        in: scope.block(index, of: places.count) / "_blocks" / index)
    }
    head = try configuration.headWidth.map {
      let width = configuration.channels($0)
      return try ConvNorm(
        Conv2D(inputs, width, kernel: 1, in: scope / "_conv_head"),
        BatchNorm2D(width, epsilon: Self.epsilon, in: scope / "_bn1"), numerics: numerics)
    }
  }

  /// The places of `[batch, 3, imageSize, imageSize]`; the layers are the blocks.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    var x = try stem(images.channelsLast(), activation: .silu, mode: options.mode)
    var record = LayerRecord(layers, asking: .all)
    for (index, block) in blocks.enumerated() {
      try record.add(index, of: x)
      x = try block(x, mode: options.mode)
    }
    if let head { x = try head(x, activation: .silu, mode: options.mode) }
    return TokenGrid(tokens: try x.places(), layers: record.layers)
  }
}

extension EfficientNet.Configuration {
  /// The stages, scaled: each block's stage, and whether it is the first of it.
  fileprivate var places: [(stage: EfficientNetStage, isFirst: Bool)] {
    (stages ?? EfficientNetStage.standard).flatMap { stage in
      (0..<EfficientNetStage.depth(stage.blocks, depthMultiplier)).map { (stage, $0 == 0) }
    }
  }

  fileprivate func channels(_ count: Int) -> Int {
    EfficientNetStage.channels(count, widthMultiplier, multiple: channelMultiple ?? 8)
  }

  /// What is left of a map's side: all but one way of padding round up.
  private func shrink(_ side: inout Int, by stride: Int, padding: Conv2D.Padding) {
    side = (side + (padding == .sameForEvenSides ? 0 : stride - 1)) / stride
  }

  /// How a convolution with a stride pads: the stem, or a block.
  fileprivate func padding(ofBlock block: Int?, kernel: Int) -> Conv2D.Padding {
    guard let evenlyPaddedBlocks else { return .same }
    let isEven = block.map(evenlyPaddedBlocks.contains) ?? false
    return isEven ? .symmetric(kernel / 2) : .sameForEvenSides
  }
}

extension EfficientNet.Configuration: ImageTowerConfiguration {
  /// `efficientnet`.
  public static var kind: String { "efficientnet" }

  /// Whether sizes and multipliers are within reason.
  public var isPossible: Bool {
    let stages = stages ?? EfficientNetStage.standard
    return (32...65_536).contains(imageSize) && (0.1...16).contains(widthMultiplier)
      && (0.1...16).contains(depthMultiplier) && (1...64).contains(stages.count)
      && stages.allSatisfy {
        (1...31).contains($0.kernel) && $0.kernel % 2 == 1 && (1...2).contains($0.stride)
          && (1...32).contains($0.expansion) && (1...4096).contains($0.outputs)
          && (1...64).contains($0.blocks)
      } && (0.001...8).contains(squeezeRatio ?? 1) && (1...1024).contains(channelMultiple ?? 8)
      && (1...65_536).contains(headWidth ?? 1) && evenlyPaddedBlocks?.count ?? 0 <= 4096
  }

  /// The places of the last map.
  public var shape: TrunkShape {
    let blocks = places.map { channels($0.stage.outputs) }
    let last = headWidth.map(channels) ?? blocks.last ?? 0
    var side = imageSize
    shrink(&side, by: 2, padding: padding(ofBlock: nil, kernel: 3))
    for (index, place) in places.enumerated() where place.isFirst {
      shrink(
        &side, by: place.stage.stride, padding: padding(ofBlock: index, kernel: place.stage.kernel))
    }
    return TrunkShape(
      width: last, places: side * side, hasClassToken: false,
      layerWidths: [channels(EfficientNet.stemWidth)] + blocks.dropLast() + [last])
  }

  /// The mean of all places as it is: what ALIGN compares, its text side being projected to its width.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .mean(countsPadding: false), head: Head.none)
  }

  /// Builds the network.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try EfficientNet(self, in: scope)
  }
}

extension ImageEncoderConfiguration {
  /// EfficientNet.
  public static func efficientNet(_ configuration: EfficientNet.Configuration) -> Self {
    Self(configuration)
  }
}
