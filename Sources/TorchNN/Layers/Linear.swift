public import Torch

/// An affine map of the last axis: `y = x · weightᵀ + bias`.
///
/// Starts as PyTorch's does: both uniform in ±1/√inputs.
public struct Linear: Sendable {
  /// `[outputs, inputs]`.
  public let weight: Tensor
  /// `[outputs]`.
  public let bias: Tensor?

  /// Asks the scope for `weight` and `bias`.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initial: InitialValues? = nil,
    in scope: Parameters.Scope
  ) throws {
    weight = try scope.parameter("weight", [outputs, inputs], initial ?? .fanIn(inputs))
    self.bias =
      bias
      ? try scope.parameter("bias", [outputs], initial == nil ? .fanIn(inputs) : .zeros) : nil
  }

  /// A layer of given tensors, `[outputs, inputs]` and `[outputs]`.
  public init(weight: Tensor, bias: Tensor?) {
    self.weight = weight
    self.bias = bias
  }

  /// The map to some of the outputs alone.
  func rows(_ range: Range<Int>) throws(TorchError) -> Linear {
    Linear(weight: try weight.sliced(range), bias: try bias?.sliced(range))
  }

  /// The map, then the activation, then the residual: `activation(x · weightᵀ + bias) + residual`.
  ///
  /// - Parameters:
  ///   - x: `[…, inputs]`.
  ///   - activation: applied to the result.
  ///   - residual: `[…, outputs]`, added last.
  /// - Returns: `[…, outputs]`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    var y = try x.linear(weight, bias: bias)
    if let activation { y = try activation(y) }
    if let residual { y = try residual + y }
    return y
  }
}
