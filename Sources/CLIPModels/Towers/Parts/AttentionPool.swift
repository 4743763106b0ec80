import Torch
import TorchNN

/// Pools a feature map by attention of its mean to all its places.
///
/// Source: Radford et al., 2021, section 2.4; `cn_clip/clip/model.py`, class `AttentionPool2d`.
struct AttentionPool: Sendable {
  let positions: Tensor
  let attention: MultiHeadAttention

  init(side: Int, width: Int, outputs: Int, heads: Int, in scope: Parameters.Scope) throws {
    let initial = InitialValues.normal(1 / Double(width).squareRoot())
    positions = try scope.parameter("positional_embedding", [side * side + 1, width], initial)
    func map(_ name: String, _ outputs: Int) throws -> Linear {
      try Linear(width, outputs, initial: initial, in: scope / name)
    }
    attention = try MultiHeadAttention(
      query: map("q_proj", width), key: map("k_proj", width), value: map("v_proj", width),
      output: map("c_proj", outputs), heads: heads, numerics: scope.numerics)
  }

  /// - Parameters:
  ///   - x: `[batch, width, side, side]`.
  ///   - wantsTokens: whether the places are wanted beside the mean.
  /// - Returns: the mean's answer `[batch, outputs]`; tokens `[batch, 1 + side², outputs]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, wantsTokens: Bool) throws -> Encoded {
    let shape = x.shape
    let places = try x.reshaped(shape[0], shape[1], -1).transposed(1, 2)
    let mean = try places.mean(axis: 1, keepsAxis: true)
    let tokens = try Tensor.concatenated([mean, places], axis: 1) + positions
    let embedded = try attention(tokens, firstOnly: !wantsTokens)
    return Encoded(
      embedding: try embedded.selected(0, axis: 1), tokens: wantsTokens ? embedded : nil)
  }
}
