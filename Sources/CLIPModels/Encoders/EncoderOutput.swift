import Torch
import TorchNN

/// What comes after a trunk: layers mixed, tokens pooled, projected and, if wanted, reduced.
struct EncoderOutput: Sendable {
  private let mix: LayerMix?
  /// The mixed layers, counted from 0.
  private let mixed: [Int]
  /// The number that the trunk's output has among the layers.
  private let lastLayer: Int
  private let pooling: PoolingLayer
  private let head: HeadLayer
  /// The inner layer that tokens come from, and the map from there; nil: from the pooled layer.
  private let tokens: (layer: Int, map: Conv2D)?
  private let reducer: (any TokenReducer)?
  /// Whether a text's tokens are merged into words.
  let mergesWords: Bool

  /// Asks for the tensors of pooling and head; every choice of the configuration is made, and fits.
  init(
    _ configuration: OutputConfiguration, over shape: TrunkShape, dimension: Int,
    names: HeadNames, trunkScope: Parameters.Scope, headScope: Parameters.Scope
  ) throws {
    let head = configuration.head ?? .linear(bias: false)
    mix = configuration.layers
    lastLayer = shape.layerWidths.count - 1
    mixed = configuration.layers?.places(among: shape.layerWidths.count) ?? []
    pooling = try PoolingLayer(
      configuration.pooling ?? .first, over: shape,
      outputs: head == .none ? dimension : shape.width, in: trunkScope)
    self.head = try HeadLayer(
      head, width: pooling.width, outputs: dimension, names: names, in: headScope)
    tokens = try configuration.tokens?.place(among: shape.layerWidths.count).map { layer in
      // A convolution of 1 × 1 is a linear map of each place.
      let map = try Conv2D(
        shape.layerWidths[layer], dimension, kernel: 1, in: headScope / names.tokens)
      return (layer, map)
    }
    mergesWords = if case .words = configuration.reducer { true } else { false }
    reducer = try configuration.reducer?.reducer(
      dimension: dimension, in: headScope / "token_reducer")
  }

  /// The size of a pooled vector.
  var pooledWidth: Int { pooling.width }

  /// Inner layers that the trunk has to give.
  func innerLayers(wantsTokens: Bool) -> Set<Int> {
    Set(mixed + (wantsTokens ? [tokens?.layer].compactMap { $0 } : [])).subtracting([lastLayer])
  }

  /// Whether padding changes the embedding, so that every text has to be padded alike.
  var countsPadding: Bool { pooling.pooling == .mean(countsPadding: true) }

  /// The tokens that pooling asks for.
  func queries(valid: Tensor?, like input: Tensor) throws(TorchError) -> Queries {
    try pooling.queries(valid: valid, like: input)
  }

  /// What is left of a picture before the head: `[batch, width]`.
  func pooled(_ grid: TokenGrid, queries: Queries) throws -> Tensor {
    try pooling(mixing(grid), queries: queries, wantsTokens: false).vector
  }

  /// The embedding of pooled vectors.
  func features(pooled: Tensor) throws -> Features {
    Features(embedding: try head(pooled))
  }

  /// The embedding, and the tokens in the same space if they are wanted.
  func features(
    _ grid: TokenGrid, queries: Queries, wantsTokens: Bool, words: Tensor? = nil
  ) throws -> Features {
    guard wantsTokens else { return try features(pooled: pooled(grid, queries: queries)) }
    if let tokens {
      let inner = try grid.layer(tokens.layer, last: lastLayer)
      let mapped = try tokens.map(inner.transposed(1, 2).unsqueezed(3)).squeezed(3).transposed(1, 2)
      let features = Features(
        embedding: try head(pooled(grid, queries: queries)), tokens: mapped, valid: grid.valid,
        special: grid.special)
      return try reducer?(features, words: words) ?? features
    }
    let (vector, answered) = try pooling(mixing(grid), queries: queries, wantsTokens: true)
    let tokens = try head(answered.tokens)
    let embedding =
      pooling.takesToken ? try queries.select(tokens).selected(0, axis: 1) : try head(vector)
    let features = Features(
      embedding: embedding, tokens: tokens, valid: answered.valid, special: answered.special)
    return try reducer?(features, words: words) ?? features
  }

  private func mixing(_ grid: TokenGrid) throws -> TokenGrid {
    guard let mix else { return grid }
    let layers = try mixed.map { try grid.layer($0, last: lastLayer) }
    let stacked = try Tensor.stacked(layers)
    var mixed = grid
    switch mix {
    case .sum: mixed.tokens = try stacked.sum(axis: 0)
    case .mean: mixed.tokens = try stacked.mean(axis: 0)
    }
    return mixed
  }
}

extension TokenGrid {
  /// The tokens of a layer, of which the last is the trunk's output.
  fileprivate func layer(_ layer: Int, last: Int) throws -> Tensor {
    guard let found = layer == last ? tokens : layers[layer] else {
      throw ModelError.unsupported("the encoder did not give its layer \(layer)")
    }
    return found
  }
}

extension TokenSource {
  /// The layer counted from 0; nil if there is none.
  func place(among count: Int) -> Int? {
    let place = layer < 0 ? count + layer : layer
    return (0..<count).contains(place) ? place : nil
  }
}

extension LayerMix {
  /// The layers counted from 0, negative numbers from the end.
  func places(among count: Int) -> [Int] { layers.map { $0 < 0 ? count + $0 : $0 } }
}
