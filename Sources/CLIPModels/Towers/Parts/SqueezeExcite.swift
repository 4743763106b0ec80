import Torch
import TorchNN

/// Weighs the channels of a map by what the whole map shows.
///
/// Source: Hu et al., *Squeeze-and-Excitation Networks*, 2017, figure 3.
struct SqueezeExcite: Sendable {
  private let reduce: Conv2D
  private let expand: Conv2D
  private let activation: Activation

  init(_ width: Int, inner: Int, activation: Activation, in scope: Parameters.Scope) throws {
    reduce = try Conv2D(width, inner, kernel: 1, bias: true, in: scope / "_se_reduce")
      .prepared(for: scope.numerics)
    expand = try Conv2D(inner, width, kernel: 1, bias: true, in: scope / "_se_expand")
      .prepared(for: scope.numerics)
    self.activation = activation
  }

  /// - Parameter x: `[batch, width, height, side]`.
  /// - Returns: the same shape.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let mean = try x.mean(axes: [2, 3], keepsAxes: true)  // [batch, width, 1, 1]
    return try x * expand(reduce(mean, activation: activation)).sigmoid()
  }
}
