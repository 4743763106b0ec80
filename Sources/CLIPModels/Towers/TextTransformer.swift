public import Checkpoints
public import Torch
public import TorchNN

/// CLIP's text transformer, over any vocabulary: every token sees itself and those before it.
///
/// Sources: Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*,
/// 2021; for Chinese Gu et al., *Wukong*, 2022, whose names it has. Padding stands after the tokens,
/// which never see it.
public struct TextTransformer: TextTrunk {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// Rows of the token embedding.
    public var vocabularySize: Int
    /// Rows of the position embedding, the most tokens that a text can have.
    public var maximumPositions: Int
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
    /// Dropped in training after the embeddings; published models have none.
    public var dropout: Double

    /// Names the numbers.
    public init(
      vocabularySize: Int, maximumPositions: Int, width: Int, layers: Int, heads: Int,
      mlpWidth: Int, activation: Activation = .quickGELU, dropout: Double = 0
    ) {
      self.vocabularySize = vocabularySize
      self.maximumPositions = maximumPositions
      self.width = width
      self.layers = layers
      self.heads = heads
      self.mlpWidth = mlpWidth
      self.activation = activation
      self.dropout = dropout
    }
  }

  let tokens: Embedding
  let positions: Tensor
  let dropout: Dropout
  let blocks: [ResidualAttentionBlock]
  let outputNorm: LayerNorm

  /// Asks the scope (`transformer`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let input = scope.input(before: configuration.layers)
    tokens = try Embedding(
      configuration.vocabularySize, configuration.width, in: input / "token_embedding")
    positions = try input.parameter(
      "positional_embedding", [configuration.maximumPositions, configuration.width], .normal(0.01))
    dropout = Dropout(configuration.dropout)
    blocks = try (0..<configuration.layers).map { layer in
      try ResidualAttentionBlock(
        width: configuration.width, heads: configuration.heads, mlpWidth: configuration.mlpWidth,
        activation: configuration.activation,
        in: scope.block(layer, of: configuration.layers) / "resblocks" / layer)
    }
    outputNorm = try LayerNorm(configuration.width, in: scope / "ln_final")
  }

  /// The tokens of `[batch, length]` ids, normalised; inner layers are as they leave their block.
  public func callAsFunction(
    _ tokens: Tensor, mask: Tensor?, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    let length = tokens.shape[1]
    var x = try self.tokens(tokens) + positions.sliced(0..<length)
    x = try dropout(x, mode: options.mode)  // [batch, length, width]
    let seen = try Tensor.ones([length, length], device: tokens.device).upperTriangle(diagonal: 1)
      .isEqual(to: 0).unsqueezed(0).unsqueezed(0)
    var record = LayerRecord(layers, asking: asking)
    for (layer, block) in blocks.enumerated() {
      try record.add(layer, x)
      let asked = layer == blocks.count - 1 ? asking : .all
      x = try options.run(x) { try block($0, asking: asked, mask: seen) }
    }
    return TokenGrid(tokens: try outputNorm(x), valid: mask, asked: asking, layers: record.layers)
  }
}

extension TextTransformer.Configuration: TextTowerConfiguration {
  /// `text_transformer`.
  public static var kind: String { "text_transformer" }

  /// Told by its embeddings and its blocks; heads are those of the released models.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let layers = checkpoint.count { "transformer.resblocks.\($0).ln_1.weight" }
    guard let tokens = checkpoint.shape("transformer.token_embedding.weight", 2), layers > 0,
      let positions = checkpoint.shape("transformer.positional_embedding", 2),
      let mlp = checkpoint.shape("transformer.resblocks.0.mlp.c_fc.weight", 2)
    else { return nil }
    let width = tokens[1]
    return .with(heads: usualHeads(width: width), "text transformer", width: width) { heads in
      Self(
        vocabularySize: tokens[0], maximumPositions: positions[0], width: width, layers: layers,
        heads: heads, mlpWidth: mlp[0])
    }
  }

  /// Whether heads fit the width, and sizes are within reason.
  public var isPossible: Bool {
    heads > 0 && width > 0 && width.isMultiple(of: heads) && (1...512).contains(layers)
      && (1...10_000_000).contains(vocabularySize) && mlpWidth > 0
      && (2...65_536).contains(maximumPositions) && max(width, mlpWidth) <= 65_536
  }

  /// The layers.
  public func operations(tokens: Int) -> Double? {
    TransformerCost.operations(blocks: layers, tokens: tokens, width: width, mlpWidth: mlpWidth)
  }

  /// Of any length; what begins a text is a token like the others.
  public var shape: TrunkShape {
    TrunkShape(
      width: width, places: nil, hasClassToken: true,
      layerWidths: Array(repeating: width, count: layers + 1))
  }

  /// The last token, which has seen all others, projected.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .last, head: .linear(bias: false))
  }

  /// `transformer`.
  public var scopeName: String { "transformer" }

  /// Builds the transformer.
  public func trunk(in scope: Parameters.Scope) throws -> any TextTrunk {
    try TextTransformer(self, in: scope)
  }
}

extension TextEncoderConfiguration {
  /// CLIP's text transformer.
  public static func textTransformer(_ configuration: TextTransformer.Configuration) -> Self {
    Self(configuration)
  }
}
