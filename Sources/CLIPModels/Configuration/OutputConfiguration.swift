public import TorchNN

/// How a trunk's tokens become one vector.
public enum Pooling: Hashable, Sendable {
  /// The first token: a class token, `[CLS]`.
  case first
  /// The last token that is not padding.
  case last
  /// The mean over places or tokens; over padding too where a method was trained so.
  case mean(countsPadding: Bool)
  /// The largest value of each coordinate.
  case max
  /// BERT's pooler: tanh of a linear map of the first token.
  case pooler
  /// OpenAI's attention of the mean to all places (Radford et al., 2021, section 2.4).
  case attention(heads: Int)
  /// Attention of a learned query to all tokens, then an MLP (big_vision's `MAPHead`).
  case map(heads: Int, mlpWidth: Int, activation: Activation)
}

/// From a pooled vector into the shared space.
public enum Head: Hashable, Sendable {
  /// Nothing: the pooled vector is the embedding.
  case none
  case linear(bias: Bool)
  /// Two linear maps with biases and an activation between them.
  case mlp(width: Int, activation: Activation)
}

/// Inner layers of a trunk that are added up or averaged before pooling.
public enum LayerMix: Hashable, Sendable {
  /// Layers counted from 0, the first block's input; negative numbers count from the end, -1 is the
  /// trunk's output.
  case sum([Int])
  case mean([Int])

  /// The layers as written.
  var layers: [Int] {
    switch self {
    case .sum(let layers), .mean(let layers): layers
    }
  }
}

/// Tokens that come from an inner layer, by a linear map of their own without a bias.
public struct TokenSource: Codable, Hashable, Sendable {
  /// Counted from 0, the first block's input; negative numbers count from the end.
  public var layer: Int

  /// Names the layer.
  public init(layer: Int) {
    self.layer = layer
  }
}

/// What comes after a tower's trunk; what is nil is the tower's own.
public struct OutputConfiguration: Codable, Hashable, Sendable {
  /// Which layers are pooled; nil: the trunk's output.
  public var layers: LayerMix?
  /// How tokens become one vector.
  public var pooling: Pooling?
  /// From there into the shared space.
  public var head: Head?
  /// Where tokens for a comparison by tokens come from; nil: from where the embedding comes from.
  public var tokens: TokenSource?
  /// Which tokens are left for a comparison by tokens; nil: all.
  public var reducer: TokenReduction?

  /// All as the tower's published models have it.
  public static let standard = OutputConfiguration()

  /// Names what differs.
  public init(
    layers: LayerMix? = nil, pooling: Pooling? = nil, head: Head? = nil,
    tokens: TokenSource? = nil, reducer: TokenReduction? = nil
  ) {
    self.layers = layers
    self.pooling = pooling
    self.head = head
    self.tokens = tokens
    self.reducer = reducer
  }

  /// This, with another's choices where it has none.
  func filled(from other: OutputConfiguration) -> OutputConfiguration {
    OutputConfiguration(
      layers: layers ?? other.layers, pooling: pooling ?? other.pooling,
      head: head ?? other.head, tokens: tokens ?? other.tokens,
      reducer: reducer ?? other.reducer)
  }
}
