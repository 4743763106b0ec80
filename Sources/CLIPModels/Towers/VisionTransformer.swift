public import Checkpoints
public import Torch
public import TorchNN

/// CLIP's vision transformer.
///
/// Sources: Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2020; Radford et al., *Learning
/// Transferable Visual Models From Natural Language Supervision*, 2021; `cn_clip/clip/model.py`,
/// class `VisualTransformer`. It differs from Dosovitskiy's by the norm before the first block, the
/// patch projection without bias, and QuickGELU, which stays in ViT-H-14 too.
public struct VisionTransformer: ImageTrunk {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// The side of a square patch, in pixels.
    public var patchSize: Int
    /// The size of a token's vector.
    public var width: Int
    /// The number of transformer blocks.
    public var layers: Int
    /// The heads of each attention, which share the width evenly.
    public var heads: Int
    /// The size of each block's hidden layer.
    public var mlpWidth: Int
    /// The non-linearity of the hidden layers.
    public var activation: Activation

    /// Names the numbers.
    public init(
      imageSize: Int, patchSize: Int, width: Int, layers: Int, heads: Int, mlpWidth: Int,
      activation: Activation
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.width = width
      self.layers = layers
      self.heads = heads
      self.mlpWidth = mlpWidth
      self.activation = activation
    }

    /// Patches on one side of the picture.
    public var gridSize: Int { imageSize / patchSize }
  }

  let patches: Conv2D
  let classToken: Tensor
  let positions: Tensor
  let inputNorm: LayerNorm
  let blocks: [ResidualAttentionBlock]
  let outputNorm: LayerNorm

  /// Asks the scope (`visual`) for everything, and for the output where CLIP's code keeps it.
  public init(
    _ configuration: Configuration, in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws {
    let width = configuration.width
    let initial = InitialValues.normal(1 / Double(width).squareRoot())
    let input = scope.input(before: configuration.layers)
    classToken = try input.parameter("class_embedding", [width], initial)
    positions = try input.parameter(
      "positional_embedding", [configuration.gridSize * configuration.gridSize + 1, width],
      initial)
    try placeOutput()
    patches = try Conv2D(
      3, width, kernel: configuration.patchSize, stride: configuration.patchSize,
      in: input / "conv1"
    ).prepared(for: scope.numerics)
    inputNorm = try LayerNorm(width, in: input / "ln_pre")
    blocks = try (0..<configuration.layers).map { layer in
      try ResidualAttentionBlock(
        width: width, heads: configuration.heads, mlpWidth: configuration.mlpWidth,
        activation: configuration.activation,
        in: scope.block(layer, of: configuration.layers) / "transformer" / "resblocks" / layer)
    }
    outputNorm = try LayerNorm(width, in: scope / "ln_post")
  }

  /// The tokens of `[batch, 3, imageSize, imageSize]`, the class token first.
  ///
  /// The last layer is normalised, inner ones are as they leave their block.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    let grid = try patches(images)  // [batch, width, gridSize, gridSize]
    let shape = grid.shape
    let patchTokens = try grid.reshaped(shape[0], shape[1], -1).transposed(1, 2)
    let classTokens = try classToken.reshaped(1, 1, -1).expanded(shape[0], 1, -1)
    var x = try Tensor.concatenated([classTokens, patchTokens], axis: 1) + positions
    if options.mode == .training, options.maskRatio > 0 {
      x = try PatchMask(ratio: options.maskRatio)(x)
    }
    x = try inputNorm(x)  // [batch, tokens, width]
    var record = LayerRecord(layers, asking: asking)
    for (layer, block) in blocks.enumerated() {
      try record.add(layer, x)
      let asked = layer == blocks.count - 1 ? asking : .all
      x = try options.run(x) { try block($0, asking: asked) }
    }
    return TokenGrid(
      tokens: try outputNorm(x), special: 1, asked: asking, layers: record.layers)
  }
}

extension VisionTransformer.Configuration: ImageTowerConfiguration {
  /// `vision_transformer`.
  public static var kind: String { "vision_transformer" }

  /// Told by its convolution, its positions and its blocks; heads are those of the released models.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let layers = checkpoint.count { "visual.transformer.resblocks.\($0).ln_1.weight" }
    guard let patches = checkpoint.shape("visual.conv1.weight", 4), patches[2] == patches[3],
      let positions = checkpoint.shape("visual.positional_embedding", 2),
      positions[1] == patches[0], let grid = squareRoot(of: positions[0] - 1), layers > 0,
      let mlp = checkpoint.shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)
    else { return nil }
    // ViT-H-14 is the only released width of 1280.
    let heads = patches[0] == 1280 ? 16 : usualHeads(width: patches[0])
    return .with(heads: heads, "vision transformer", width: patches[0]) { heads in
      Self(
        imageSize: grid * patches[2], patchSize: patches[2], width: patches[0], layers: layers,
        heads: heads, mlpWidth: mlp[0], activation: .quickGELU)
    }
  }

  /// Whether patches fit the picture and heads the width.
  public var isPossible: Bool {
    patchSize > 0 && imageSize >= patchSize && heads > 0 && width > 0
      && width.isMultiple(of: heads) && (1...512).contains(layers) && mlpWidth > 0
      && max(imageSize, width, mlpWidth) <= 65_536
  }

  /// Whether the activation is QuickGELU.
  public var isOriginal: Bool { activation == .quickGELU }

  /// Positions for another number of patches are interpolated.
  public func fitted(_ source: any TensorSource) -> any TensorSource {
    PositionInterpolation(of: source, for: self)
  }

  /// The patches' projection and the blocks.
  public var operations: Double? {
    let patches = gridSize * gridSize
    return 2 * Double(patches * 3 * patchSize * patchSize * width)
      + TransformerCost.operations(
        blocks: layers, tokens: patches + 1, width: width, mlpWidth: mlpWidth)
  }

  /// What enters the last block: after it the class token alone is looked at.
  public var explainedLayer: Int { layers - 1 }

  /// A class token and the patches.
  public var shape: TrunkShape {
    TrunkShape(
      width: width, places: gridSize * gridSize, hasClassToken: true,
      layerWidths: Array(repeating: width, count: layers + 1))
  }

  /// The class token, projected.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .first, head: .linear(bias: false))
  }

  /// Builds the transformer; its output stands between the positions and the patches.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try VisionTransformer(self, in: scope, placeOutput: placeOutput)
  }
}

extension ImageEncoderConfiguration {
  /// CLIP's vision transformer.
  public static func visionTransformer(_ configuration: VisionTransformer.Configuration) -> Self {
    Self(configuration)
  }
}
