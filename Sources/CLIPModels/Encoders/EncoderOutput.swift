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
  private let reducer: (any TokenReducer)?

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
    reducer = try configuration.reducer?.reducer(
      dimension: dimension, in: headScope / "token_reducer")
  }

  /// The size of a pooled vector.
  var pooledWidth: Int { pooling.width }

  /// Inner layers that the trunk has to give.
  var innerLayers: Set<Int> { Set(mixed).subtracting([lastLayer]) }

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
  func features(_ grid: TokenGrid, queries: Queries, wantsTokens: Bool) throws -> Features {
    guard wantsTokens else { return try features(pooled: pooled(grid, queries: queries)) }
    let (vector, answered) = try pooling(mixing(grid), queries: queries, wantsTokens: true)
    let tokens = try head(answered.tokens)
    let embedding =
      pooling.takesToken ? try queries.select(tokens).selected(0, axis: 1) : try head(vector)
    let features = Features(
      embedding: embedding, tokens: tokens, valid: answered.valid, special: answered.special)
    return try reducer?(features) ?? features
  }

  private func mixing(_ grid: TokenGrid) throws -> TokenGrid {
    guard let mix else { return grid }
    let layers = try mixed.map { layer in
      guard let tokens = layer == lastLayer ? grid.tokens : grid.layers[layer] else {
        throw ModelError.unsupported("the encoder did not give its layer \(layer)")
      }
      return tokens
    }
    let stacked = try Tensor.stacked(layers)
    var mixed = grid
    switch mix {
    case .sum: mixed.tokens = try stacked.sum(axis: 0)
    case .mean: mixed.tokens = try stacked.mean(axis: 0)
    }
    return mixed
  }
}

extension LayerMix {
  /// The layers counted from 0, negative numbers from the end.
  func places(among count: Int) -> [Int] { layers.map { $0 < 0 ? count + $0 : $0 } }
}
