public import Torch

/// An affine map of the last axis: `y = x · weightᵀ + bias`.
///
/// Starts as PyTorch's does: both uniform in ±1/√inputs.
public struct Linear: Sendable {
  /// `[outputs, inputs]`.
  public let weight: Tensor
  /// `[outputs]`.
  public let bias: Tensor?
  /// What is learned beside a frozen weight, if the model is built so.
  public let lowRank: LowRankAddition?

  /// Asks the scope for `weight` and `bias`.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initial: InitialValues? = nil,
    in scope: Parameters.Scope
  ) throws {
    weight = try scope.parameter("weight", [outputs, inputs], initial ?? .fanIn(inputs))
    self.bias =
      bias
      ? try scope.parameter("bias", [outputs], initial == nil ? .fanIn(inputs) : .zeros) : nil
    lowRank = try scope.lowRankAddition(inputs: inputs, outputs: outputs)
  }

  /// A layer of given tensors, `[outputs, inputs]` and `[outputs]`.
  public init(weight: Tensor, bias: Tensor?, lowRank: LowRankAddition? = nil) {
    self.weight = weight
    self.bias = bias
    self.lowRank = lowRank
  }

  /// The map to some of the outputs alone.
  func rows(_ range: Range<Int>) throws(TorchError) -> Linear {
    Linear(
      weight: try weight.sliced(range), bias: try bias?.sliced(range),
      lowRank: try lowRank?.rows(range))
  }

  /// The map, then the activation, then the residual: `activation(x · weightᵀ + bias) + residual`.
  ///
  /// - Parameters:
  ///   - x: `[…, inputs]`.
  ///   - activation: applied to the result.
  ///   - residual: `[…, outputs]`, added last.
  /// - Returns: `[…, outputs]`.
  public func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    var y = try x.linear(weight, bias: bias)
    if let lowRank { y = try y + lowRank(x) }
    if let activation { y = try activation(y) }
    if let residual { y = try residual + y }
    return y
  }
}
