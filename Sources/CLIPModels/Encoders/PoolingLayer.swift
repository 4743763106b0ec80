import Torch
import TorchNN

/// A pooling with what it has learned.
struct PoolingLayer: Sendable {
  private enum Form: Sendable {
    /// One of the tokens as it is.
    case token
    case mean(countsPadding: Bool)
    case max
    case pooler(Linear)
    case attention(AttentionPool)
    case map(MAPHead)
  }

  let pooling: Pooling
  /// The size of the pooled vector.
  let width: Int
  private let form: Form

  /// Asks the trunk's scope for what the pooling needs; `outputs` is the size that an attention gives.
  init(_ pooling: Pooling, over shape: TrunkShape, outputs: Int, in scope: Parameters.Scope) throws
  {
    self.pooling = pooling
    switch pooling {
    case .first, .last: form = .token
    case .mean(let countsPadding): form = .mean(countsPadding: countsPadding)
    case .max: form = .max
    case .pooler:
      form = .pooler(
        try Linear(
          shape.width, shape.width, initial: .normal(0.02), in: scope / "pooler" / "dense"
        ).prepared(for: scope.numerics))
    case .attention(let heads):
      form = .attention(
        try AttentionPool(
          places: shape.places ?? 0, width: shape.width, outputs: outputs, heads: heads,
          in: scope / "attnpool"))
    case .map(let heads, let mlpWidth, let activation):
      form = .map(
        try MAPHead(
          width: shape.width, heads: heads, mlpWidth: mlpWidth, activation: activation,
          in: scope / "map"))
    }
    if case .attention = form { width = outputs } else { width = shape.width }
  }

  /// Whether the pooled vector is one of the tokens, so that a head may come before it.
  var takesToken: Bool { if case .token = form { true } else { false } }

  /// The tokens that the last block has to compute for an input of the trunk: pictures, or ids
  /// `[batch, tokens]` with their mask.
  func queries(valid: Tensor?, like input: Tensor) throws(TorchError) -> Queries {
    switch pooling {
    case .first, .pooler: return .first
    case .last:
      guard let valid else {
        let last = Double(input.shape[1] - 1)
        return .rows(try .full([input.shape[0]], last, device: input.device).to(.int64))
      }
      return .rows(try valid.to(.int64).sum(axis: 1) - 1)
    case .mean, .max, .attention, .map: return .all
    }
  }

  /// One vector a sequence, `[batch, width]`, and the tokens as the pooling leaves them: an attention
  /// answers for every place if tokens are wanted.
  func callAsFunction(
    _ grid: TokenGrid, queries: Queries, wantsTokens: Bool
  ) throws -> (vector: Tensor, grid: TokenGrid) {
    switch form {
    case .token: return (try grid.token(queries), grid)
    case .pooler(let dense): return (try dense(grid.token(queries)).tanh(), grid)
    case .mean(let countsPadding):
      let places = try grid.places()
      guard let valid = places.valid, !countsPadding else {
        return (try places.tokens.mean(axis: 1), grid)
      }
      let weights = try valid.to(places.tokens.dtype).unsqueezed(2)
      return (try (places.tokens * weights).sum(axis: 1) / weights.sum(axis: 1), grid)
    case .max:
      let places = try grid.places()
      guard let valid = places.valid else { return (try places.tokens.max(axis: 1), grid) }
      let padding = try valid.inverted().unsqueezed(2)
      return (try places.tokens.filled(-.infinity, where: padding).max(axis: 1), grid)
    case .attention(let pool):
      let pooled = try pool(grid.tokens, wantsTokens: wantsTokens)
      var answered = grid
      answered.tokens = pooled
      answered.special = 1
      return (try pooled.selected(0, axis: 1), answered)
    case .map(let head): return (try head(grid.tokens, valid: grid.valid), grid)
    }
  }
}

extension TokenGrid {
  /// The one token that was asked for, `[batch, width]`.
  fileprivate func token(_ queries: Queries) throws(TorchError) -> Tensor {
    let chosen = if case .all = asked { try queries.select(tokens) } else { tokens }
    return try chosen.selected(0, axis: 1)
  }

  /// The tokens that stand for a place or a word.
  fileprivate func places() throws(TorchError) -> (tokens: Tensor, valid: Tensor?) {
    guard special > 0 else { return (tokens, valid) }
    let range = special..<tokens.shape[1]
    return (try tokens.sliced(range, axis: 1), try valid?.sliced(range, axis: 1))
  }
}
