public import Torch

/// Scaled dot-product attention with several heads.
///
/// Source: Vaswani et al., *Attention Is All You Need*, 2017, section 3.2.2.
public struct MultiHeadAttention: Sendable {
  /// How the checkpoint keeps the three maps into the heads.
  private enum Projection: Sendable {
    /// Query, key and value in the rows of one matrix, as CLIP's `in_proj_weight`.
    case fused(Linear)
    /// Three matrices, as BERT's.
    case separate(query: Linear, key: Linear, value: Linear)
    /// The query by itself, so that fewer tokens can ask than answer without cutting a matrix that
    /// the CPU's layout has made opaque.
    case prepared(query: Linear, keyValue: Linear)

    static func prepared(
      _ all: Linear, for numerics: Numerics
    ) throws(TorchError) -> Projection {
      let width = all.weight.shape[0] / 3
      return .prepared(
        query: try all.rows(0..<width).prepared(for: numerics),
        keyValue: try all.rows(width..<3 * width).prepared(for: numerics))
    }
  }

  private let projection: Projection
  private let output: Linear
  private let heads: Int
  private let dropout: Double

  /// The fused form of CLIP's checkpoints: `in_proj_weight`, `in_proj_bias`, `out_proj`.
  public init(width: Int, heads: Int, in scope: Parameters.Scope) throws {
    let numerics = scope.numerics
    let all = Linear(
      weight: try scope.parameter(
        "in_proj_weight", [3 * width, width], .xavierUniform(width, 3 * width),
        dtype: numerics.loadedType),
      bias: try scope.parameter(
        "in_proj_bias", [3 * width], .zeros, dtype: numerics.loadedType),
      lowRank: try scope.lowRankAddition(to: "in_proj_weight", inputs: width, outputs: 3 * width))
    projection = try numerics.prepared ? .prepared(all, for: numerics) : .fused(all)
    output = try Linear(width, width, in: scope / "out_proj").prepared(for: numerics)
    self.heads = heads
    dropout = 0
  }

  /// An attention of three separate maps; they are joined when prepared for inference.
  ///
  /// - Parameters:
  ///   - query: width → heads · head width.
  ///   - key: width → heads · head width.
  ///   - value: width → heads · head width.
  ///   - output: heads · head width → width.
  ///   - heads: the number of heads.
  ///   - dropout: of the attention probabilities, in training.
  ///   - numerics: whether to prepare.
  /// - Throws: `TorchError` when maps that are joined cannot be.
  public init(
    query: Linear, key: Linear, value: Linear, output: Linear, heads: Int, dropout: Double = 0,
    numerics: Numerics
  ) throws {
    if numerics.prepared, let all = try Linear.joined([query, key, value]) {
      projection = try .prepared(all, for: numerics)
    } else {
      projection = .separate(
        query: try query.prepared(for: numerics), key: try key.prepared(for: numerics),
        value: try value.prepared(for: numerics))
    }
    self.output = try output.prepared(for: numerics)
    self.heads = heads
    self.dropout = dropout
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, width]`.
  ///   - asking: which tokens ask; the others' work is saved.
  ///   - mask: bool (true: attend), broadcastable to `[batch, heads, queries, keys]`.
  ///   - residual: `[batch, queries, width]`, added to the result.
  ///   - mode: dropout exists in training alone.
  /// - Returns: `[batch, queries, width]`, of the tokens that ask.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, asking: Queries = .all, mask: Tensor? = nil, residual: Tensor? = nil,
    mode: Mode = .inference
  ) throws(TorchError) -> Tensor {
    let query: Tensor? = if case .all = asking { nil } else { try asking.select(x) }
    return try attend(
      query, to: x, mask: asking.select(mask: mask), residual: residual, mode: mode)
  }

  /// Lets vectors ask tokens that they are not among.
  ///
  /// - Parameters:
  ///   - asking: `[batch, queries, width]`; nil: the tokens themselves.
  ///   - x: what is asked, `[batch, tokens, width]`.
  ///   - mask: bool (true: attend), broadcastable to `[batch, heads, queries, keys]`.
  ///   - residual: `[batch, queries, width]`, added to the result.
  ///   - mode: dropout exists in training alone.
  /// - Returns: `[batch, queries, width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func attend(
    _ asking: Tensor?, to x: Tensor, mask: Tensor? = nil, residual: Tensor? = nil,
    mode: Mode = .inference
  ) throws(TorchError) -> Tensor {
    let (query, key, value) = try project(x, asking: asking)
    let mixed = try Trace.span("attention") { () throws(TorchError) in
      try Tensor.attention(
        query: split(query), key: split(key), value: split(value), mask: mask,
        dropout: mode == .training ? dropout : 0)
    }
    let shape = query.shape
    let joined = try mixed.transposed(1, 2).reshaped(shape[0], shape[1], -1)
    return try output(joined, residual: residual)
  }

  private func project(
    _ x: Tensor, asking: Tensor?
  ) throws(TorchError) -> (query: Tensor, key: Tensor, value: Tensor) {
    switch projection {
    case .separate(let query, let key, let value):
      return (try query(asking ?? x), try key(x), try value(x))
    case .prepared(let query, let keyValue):
      let parts = try keyValue(x).split(2, axis: -1)
      return (try query(asking ?? x), parts[0], parts[1])
    case .fused(let all):
      if let asking {
        let width = all.weight.shape[0] / 3
        let query = try all.rows(0..<width)(asking)
        let rest = try all.rows(width..<3 * width)(x).split(2, axis: -1)
        return (query, rest[0], rest[1])
      }
      let parts = try all(x).split(3, axis: -1)
      return (parts[0], parts[1], parts[2])
    }
  }

  /// `[batch, tokens, heads · headWidth]` → `[batch, heads, tokens, headWidth]`.
  private func split(_ x: Tensor) throws(TorchError) -> Tensor {
    let shape = x.shape
    return try x.reshaped(shape[0], shape[1], heads, -1).transposed(1, 2)
  }
}
