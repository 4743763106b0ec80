import Torch
import TorchNN

/// A post-norm transformer layer: `norm(x + attention(x))`, then `norm(x + mlp(x))`.
///
/// Source: `cn_clip/clip/modeling_bert.py`, class `BertLayer`.
struct BERTLayer: Sendable {
  let attention: MultiHeadAttention
  let attentionNorm: LayerNorm
  let mlp: MLP
  let outputNorm: LayerNorm
  let dropout: Dropout

  init(_ configuration: BERT.Configuration, in scope: Parameters.Scope) throws {
    let width = configuration.width
    let initial = InitialValues.normal(0.02)
    func map(_ inputs: Int, _ outputs: Int, _ scope: Parameters.Scope) throws -> Linear {
      try Linear(inputs, outputs, initial: initial, in: scope)
    }
    let heads = scope / "attention" / "self"
    attention = try MultiHeadAttention(
      query: map(width, width, heads / "query"), key: map(width, width, heads / "key"),
      value: map(width, width, heads / "value"),
      output: map(width, width, scope / "attention" / "output" / "dense"),
      heads: configuration.heads, dropout: configuration.dropout, numerics: scope.numerics)
    attentionNorm = try LayerNorm(
      width, epsilon: configuration.layerNormEpsilon,
      in: scope / "attention" / "output" / "LayerNorm")
    mlp = try MLP(
      expand: map(width, configuration.mlpWidth, scope / "intermediate" / "dense"),
      contract: map(configuration.mlpWidth, width, scope / "output" / "dense"),
      activation: configuration.activation, numerics: scope.numerics)
    outputNorm = try LayerNorm(
      width, epsilon: configuration.layerNormEpsilon, in: scope / "output" / "LayerNorm")
    dropout = Dropout(configuration.dropout)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, width]`.
  ///   - mask: bool `[batch, 1, 1, tokens]`, true at tokens; nil without padding.
  ///   - asking: which tokens are wanted: in the last layer, those that are pooled.
  ///   - mode: dropout exists in training alone.
  /// - Returns: `[batch, asked, width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(
    _ x: Tensor, mask: Tensor?, asking: Queries, mode: Mode
  ) throws -> Tensor {
    let kept = try asking.select(x)
    guard mode == .training else {
      let x = try attentionNorm(attention(x, asking: asking, mask: mask, residual: kept))
      return try outputNorm(mlp(x, residual: x))
    }
    let attended = try attention(x, asking: asking, mask: mask, mode: mode)
    let x = try attentionNorm(kept + dropout(attended, mode: mode))
    return try outputNorm(x + dropout(mlp(x), mode: mode))
  }
}
