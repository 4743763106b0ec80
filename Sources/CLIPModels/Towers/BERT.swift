public import Checkpoints
public import Torch
public import TorchNN

/// BERT: word, position and type embeddings, then post-norm transformer layers.
///
/// Sources: Devlin et al., *BERT*, 2018; `cn_clip/clip/modeling_bert.py`.
public struct BERT: TextTrunk {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// Rows of the word embedding.
    public var vocabularySize: Int
    /// Rows of the position embedding, the most tokens that a text can have.
    public var maximumPositions: Int
    /// Rows of the token type embedding, of which the first alone is used.
    public var tokenTypes: Int
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
    /// Added to the variance in every layer norm.
    public var layerNormEpsilon: Double
    /// Dropped in training, of embeddings, sub-layer outputs and attention probabilities.
    public var dropout: Double
    /// Whether the projection adds a vector.
    public var projectionBias: Bool

    /// Names the numbers.
    public init(
      vocabularySize: Int, maximumPositions: Int, tokenTypes: Int, width: Int, layers: Int,
      heads: Int, mlpWidth: Int, activation: Activation, layerNormEpsilon: Double, dropout: Double,
      projectionBias: Bool
    ) {
      self.vocabularySize = vocabularySize
      self.maximumPositions = maximumPositions
      self.tokenTypes = tokenTypes
      self.width = width
      self.layers = layers
      self.heads = heads
      self.mlpWidth = mlpWidth
      self.activation = activation
      self.layerNormEpsilon = layerNormEpsilon
      self.dropout = dropout
      self.projectionBias = projectionBias
    }
  }

  let words: Embedding
  let positions: Embedding
  let tokenTypes: Embedding
  let norm: LayerNorm
  let dropout: Dropout
  let layers: [BERTLayer]

  /// Asks the scope (`bert`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let width = configuration.width
    let embeddings = scope.input(before: configuration.layers) / "embeddings"
    words = try Embedding(
      configuration.vocabularySize, width, paddingIndex: 0, in: embeddings / "word_embeddings")
    positions = try Embedding(
      configuration.maximumPositions, width, in: embeddings / "position_embeddings")
    tokenTypes = try Embedding(
      configuration.tokenTypes, width, in: embeddings / "token_type_embeddings")
    norm = try LayerNorm(
      width, epsilon: configuration.layerNormEpsilon, in: embeddings / "LayerNorm")
    dropout = Dropout(configuration.dropout)
    layers = try (0..<configuration.layers).map { layer in
      try BERTLayer(
        configuration,
        in: scope.block(layer, of: configuration.layers) / "encoder" / "layer" / layer)
    }
  }

  /// The tokens of `[batch, length]` ids; without a mask every id counts as a token.
  public func callAsFunction(
    _ tokens: Tensor, mask: Tensor?, asking: Queries, layers wanted: Set<Int>,
    options: EncodingOptions
  ) throws -> TokenGrid {
    let length = tokens.shape[1]
    var x = try words(tokens) + positions.first(length) + tokenTypes.first(1)
    x = try dropout(norm(x), mode: options.mode)  // [batch, length, width]
    let attended = try mask?.unsqueezed(1).unsqueezed(1)  // [batch, 1, 1, length]
    var record = LayerRecord(wanted, asking: asking)
    for (index, layer) in layers.enumerated() {
      try record.add(index, x)
      let asked = index == layers.count - 1 ? asking : .all
      x = try options.run(x) {
        try layer($0, mask: attended, asking: asked, mode: options.mode)
      }
    }
    return TokenGrid(tokens: x, valid: mask, asked: asking, layers: record.layers)
  }
}

extension BERT.Configuration: TextTowerConfiguration {
  /// `bert`.
  public static var kind: String { "bert" }

  /// Told by its embeddings and its layers; heads are those of the released models.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let embeddings = "bert.embeddings"
    let layers = checkpoint.count { "bert.encoder.layer.\($0).output.dense.weight" }
    guard let words = checkpoint.shape("\(embeddings).word_embeddings.weight", 2), layers > 0,
      let positions = checkpoint.shape("\(embeddings).position_embeddings.weight", 2),
      let types = checkpoint.shape("\(embeddings).token_type_embeddings.weight", 2),
      let mlp = checkpoint.shape("bert.encoder.layer.0.intermediate.dense.weight", 2)
    else { return nil }
    return .with(heads: usualHeads(width: words[1]), "BERT", width: words[1]) { heads in
      Self(
        vocabularySize: words[0], maximumPositions: positions[0], tokenTypes: types[0],
        width: words[1], layers: layers, heads: heads, mlpWidth: mlp[0], activation: .gelu,
        layerNormEpsilon: 1e-12, dropout: 0.1,
        projectionBias: checkpoint["text_projection_bias"] != nil)
    }
  }

  /// Whether heads fit the width, and sizes are within reason.
  public var isPossible: Bool {
    heads > 0 && width > 0 && width.isMultiple(of: heads) && (1...512).contains(layers)
      && vocabularySize > 0 && mlpWidth > 0 && tokenTypes > 0
      && (2...65_536).contains(maximumPositions) && max(width, mlpWidth) <= 65_536
      && vocabularySize <= 10_000_000
  }

  /// Whether activation, epsilon and projection are Chinese-CLIP's.
  public var isOriginal: Bool {
    activation == .gelu && layerNormEpsilon == 1e-12 && !projectionBias
  }

  /// The layers.
  public func operations(tokens: Int) -> Double? {
    TransformerCost.operations(blocks: layers, tokens: tokens, width: width, mlpWidth: mlpWidth)
  }

  /// Of any length; `[CLS]` is a token like the others.
  public var shape: TrunkShape {
    TrunkShape(
      width: width, places: nil, hasClassToken: true,
      layerWidths: Array(repeating: width, count: layers + 1))
  }

  /// The last hidden state of `[CLS]`, projected without the pooler, as in Chinese-CLIP.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .first, head: .linear(bias: projectionBias))
  }

  /// `bert`.
  public var scopeName: String { "bert" }

  /// Builds the transformer.
  public func trunk(in scope: Parameters.Scope) throws -> any TextTrunk {
    try BERT(self, in: scope)
  }
}

extension TextEncoderConfiguration {
  /// BERT.
  public static func bert(_ configuration: BERT.Configuration) -> Self { Self(configuration) }
}
