import Torch
import TorchNN

/// A pre-norm transformer block: `x + attention(ln_1(x))`, then `x + mlp(ln_2(x))`.
struct ResidualAttentionBlock: Sendable {
  let attentionNorm: LayerNorm
  let attention: MultiHeadAttention
  let mlpNorm: LayerNorm
  let mlp: MLP

  init(
    width: Int, heads: Int, mlpWidth: Int, activation: Activation, in scope: Parameters.Scope
  ) throws {
    attentionNorm = try LayerNorm(width, in: scope / "ln_1")
    attention = try MultiHeadAttention(width: width, heads: heads, in: scope / "attn")
    mlpNorm = try LayerNorm(width, in: scope / "ln_2")
    mlp = try MLP(
      expand: Linear(width, mlpWidth, in: scope / "mlp" / "c_fc"),
      contract: Linear(mlpWidth, width, in: scope / "mlp" / "c_proj"),
      activation: activation, numerics: scope.numerics)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, width]`.
  ///   - asking: which tokens are wanted: in the last block, those that are pooled.
  ///   - mask: bool (true: attend), broadcastable to `[batch, heads, queries, keys]`.
  /// - Returns: `[batch, asked, width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(
    _ x: Tensor, asking: Queries = .all, mask: Tensor? = nil
  ) throws -> Tensor {
    let kept = try asking.select(x)
    let x = try attention(attentionNorm(x), asking: asking, mask: mask, residual: kept)
    return try mlp(mlpNorm(x), residual: x)
  }
}
