import Torch
import TorchNN

/// Pools the places of a feature map by attention of their mean to all of them.
///
/// Source: Radford et al., 2021, section 2.4; `cn_clip/clip/model.py`, class `AttentionPool2d`.
struct AttentionPool: Sendable {
  let positions: Tensor
  let attention: MultiHeadAttention

  init(places: Int, width: Int, outputs: Int, heads: Int, in scope: Parameters.Scope) throws {
    let initial = InitialValues.normal(1 / Double(width).squareRoot())
    positions = try scope.parameter("positional_embedding", [places + 1, width], initial)
    func map(_ name: String, _ outputs: Int) throws -> Linear {
      try Linear(width, outputs, initial: initial, in: scope / name)
    }
    attention = try MultiHeadAttention(
      query: map("q_proj", width), key: map("k_proj", width), value: map("v_proj", width),
      output: map("c_proj", outputs), heads: heads, numerics: scope.numerics)
  }

  /// - Parameters:
  ///   - places: `[batch, places, width]`.
  ///   - wantsTokens: whether the places ask too, and not the mean alone.
  /// - Returns: the answers, the mean's first: `[batch, 1 or 1 + places, outputs]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ places: Tensor, wantsTokens: Bool) throws -> Tensor {
    let mean = try places.mean(axis: 1, keepsAxis: true)
    let tokens = try Tensor.concatenated([mean, places], axis: 1) + positions
    return try attention(tokens, asking: wantsTokens ? .all : .first)
  }
}
