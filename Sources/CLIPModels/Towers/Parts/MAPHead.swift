import Torch
import TorchNN

/// Pools tokens by the attention of one learned query, followed by a residual MLP.
///
/// Source: Zhai et al., *Scaling Vision Transformers*, 2021, appendix; big_vision, `MAPHead`.
struct MAPHead: Sendable {
  let probe: Tensor
  let attention: MultiHeadAttention
  let norm: LayerNorm
  let mlp: MLP

  init(
    width: Int, heads: Int, mlpWidth: Int, activation: Activation, in scope: Parameters.Scope
  ) throws {
    probe = try scope.parameter("probe", [1, 1, width], .xavierUniform(width, width))
    attention = try MultiHeadAttention(width: width, heads: heads, in: scope / "attn")
    norm = try LayerNorm(width, epsilon: 1e-6, in: scope / "ln")
    mlp = try MLP(
      expand: Linear(width, mlpWidth, in: scope / "mlp" / "c_fc"),
      contract: Linear(mlpWidth, width, in: scope / "mlp" / "c_proj"),
      activation: activation, numerics: scope.numerics)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, width]`.
  ///   - valid: bool `[batch, tokens]`, false at padding.
  /// - Returns: `[batch, width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, valid: Tensor?) throws -> Tensor {
    let query = try probe.expanded(x.shape[0], 1, -1)
    let mask = try valid?.unsqueezed(1).unsqueezed(1)
    let answer = try attention.attend(query, to: x, mask: mask)
    return try mlp(norm(answer), residual: answer).selected(0, axis: 1)
  }
}
