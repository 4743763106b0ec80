public import Torch

/// An affine map of the last axis: `y = x · weightᵀ + bias`.
///
/// Starts as PyTorch's does: both uniform in ±1/√inputs.
public struct Linear: Sendable {
  /// `[outputs, inputs]`; readable by this layer alone once it is prepared.
  public let weight: Tensor
  /// `[outputs]`.
  public let bias: Tensor?
  /// What is learned beside a frozen weight, if the model is built so.
  public let lowRank: LowRankAddition?
  private let isPacked: Bool

  /// Asks the scope for `weight` and `bias`.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, initial: InitialValues? = nil,
    in scope: Parameters.Scope
  ) throws {
    let dtype = scope.numerics.loadedType
    weight = try scope.parameter(
      "weight", [outputs, inputs], initial ?? .fanIn(inputs), dtype: dtype)
    self.bias =
      bias
      ? try scope.parameter(
        "bias", [outputs], initial == nil ? .fanIn(inputs) : .zeros, dtype: dtype) : nil
    lowRank = try scope.lowRankAddition(inputs: inputs, outputs: outputs)
    isPacked = false
  }

  /// A layer of given tensors, `[outputs, inputs]` and `[outputs]`.
  public init(weight: Tensor, bias: Tensor?, lowRank: LowRankAddition? = nil) {
    self.init(weight: weight, bias: bias, lowRank: lowRank, isPacked: false)
  }

  private init(weight: Tensor, bias: Tensor?, lowRank: LowRankAddition? = nil, isPacked: Bool) {
    self.weight = weight
    self.bias = bias
    self.lowRank = lowRank
    self.isPacked = isPacked
  }

  /// The same map in the model's type, its weight laid out for the CPU where that helps.
  ///
  /// - Parameter numerics: nothing happens unless they ask for preparation.
  /// - Returns: a layer that computes the same and cannot be trained.
  /// - Throws: `TorchError` when the weight cannot be laid out.
  public func prepared(for numerics: Numerics) throws(TorchError) -> Linear {
    guard numerics.prepared, !isPacked else { return self }
    let converted = try weight.to(numerics.dtype)
    let bias = try bias.map { bias throws(TorchError) in try bias.to(numerics.dtype) }
    guard Tensor.canPack(numerics.dtype, on: numerics.device) else {
      return Linear(weight: converted, bias: bias)
    }
    return Linear(weight: try converted.packedForLinear(), bias: bias, isPacked: true)
  }

  /// The map with its result multiplied by a number.
  func scaled(by factor: Double) throws(TorchError) -> Linear {
    Linear(
      weight: try weight * factor,
      bias: try bias.map { bias throws(TorchError) in try bias * factor })
  }

  /// The map of its input multiplied by a number.
  func scaled(inputBy factor: Double) throws(TorchError) -> Linear {
    Linear(weight: try weight * factor, bias: bias)
  }

  /// The maps over one input as one, their outputs one after another; nil if one lacks a bias.
  static func joined(_ maps: [Linear]) throws(TorchError) -> Linear? {
    let biases = maps.compactMap(\.bias)
    guard biases.count == maps.count else { return nil }
    return Linear(
      weight: try .concatenated(maps.map(\.weight)), bias: try .concatenated(biases))
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
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    try Trace.span("linear") { () throws(TorchError) in
      if isPacked { return try packed(x, activation, residual) }
      var y = try x.linear(weight, bias: bias)
      if let lowRank { y = try y + lowRank(x) }
      if let activation { y = try activation(y) }
      if let residual { y = try residual + y }
      return y
    }
  }

  private func packed(
    _ x: Tensor, _ activation: Activation?, _ residual: Tensor?
  ) throws(TorchError) -> Tensor {
    guard let activation else {
      return try x.packedLinear(weight, bias: bias, residual: residual)
    }
    let y =
      if let fused = activation.fused {
        try x.packedLinear(weight, bias: bias, activation: fused)
      } else {
        try activation(x.packedLinear(weight, bias: bias))
      }
    return try residual.map { residual throws(TorchError) in try residual + y } ?? y
  }
}
