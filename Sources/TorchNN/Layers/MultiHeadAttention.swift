public import Torch

/// Scaled dot-product attention with several heads.
///
/// Source: Vaswani et al., *Attention Is All You Need*, 2017, section 3.2.2.
public struct MultiHeadAttention: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let heads: Int
  let dropout: Double

  /// An attention of given maps, however the checkpoint stores them.
  ///
  /// - Parameters:
  ///   - query: width → heads · head width.
  ///   - key: width → heads · head width.
  ///   - value: width → heads · head width.
  ///   - output: heads · head width → width.
  ///   - heads: the number of heads.
  ///   - dropout: of the attention probabilities, in training.
  public init(
    query: Linear, key: Linear, value: Linear, output: Linear, heads: Int, dropout: Double = 0
  ) {
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.heads = heads
    self.dropout = dropout
  }

  /// The fused form of CLIP's checkpoints: `in_proj_weight` holds query, key and value in rows.
  public init(fusedWidth width: Int, heads: Int, in scope: Parameters.Scope) throws {
    let weight = try scope.parameter(
      "in_proj_weight", [3 * width, width], .xavierUniform(width, 3 * width))
    let bias = try scope.parameter("in_proj_bias", [3 * width], .zeros)
    let weights = try weight.split(3, axis: 0)
    let biases = try bias.split(3, axis: 0)
    self.init(
      query: Linear(weight: weights[0], bias: biases[0]),
      key: Linear(weight: weights[1], bias: biases[1]),
      value: Linear(weight: weights[2], bias: biases[2]),
      output: try Linear(width, width, in: scope / "out_proj"), heads: heads)
  }

  /// - Parameters:
  ///   - x: what asks, `[batch, queries, width]`.
  ///   - memory: what is asked, `[batch, keys, width]`; `x` itself if absent.
  ///   - mask: bool (true: attend), broadcastable to `[batch, heads, queries, keys]`.
  ///   - residual: `[batch, queries, width]`, added to the result.
  ///   - mode: dropout exists in training alone.
  /// - Returns: `[batch, queries, width]`.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: Tensor? = nil, residual: Tensor? = nil,
    mode: Mode = .inference
  ) throws(TorchError) -> Tensor {
    let memory = memory ?? x
    let mixed = try Tensor.attention(
      query: heads(of: query(x)), key: heads(of: key(memory)), value: heads(of: value(memory)),
      mask: mask, dropout: mode == .training ? dropout : 0)
    let shape = x.shape
    let joined = try mixed.transposed(1, 2).reshaped(shape[0], shape[1], -1)
    return try output(joined, residual: residual)
  }

  /// `[batch, tokens, heads · headWidth]` → `[batch, heads, tokens, headWidth]`.
  private func heads(of x: Tensor) throws(TorchError) -> Tensor {
    let shape = x.shape
    return try x.reshaped(shape[0], shape[1], heads, -1).transposed(1, 2)
  }
}
