public import Torch

/// Zero mean and unit variance along the last axis, then a learned scale and shift.
///
/// Source: Ba, Kiros, Hinton, *Layer Normalization*, 2016, equation 4.
public struct LayerNorm: Sendable {
  let weight: Tensor
  let bias: Tensor
  let epsilon: Double

  /// Asks the scope for `weight` and `bias`.
  ///
  /// - Parameters:
  ///   - width: the size of the last axis.
  ///   - epsilon: 1e-5 in CLIP's vision transformer, 1e-12 in BERT.
  ///   - scope: the layer's place in the checkpoint.
  /// - Throws: ``ParameterError`` when the source's tensors do not fit.
  public init(_ width: Int, epsilon: Double = 1e-5, in scope: Parameters.Scope) throws {
    weight = try scope.parameter("weight", [width], .ones)
    bias = try scope.parameter("bias", [width], .zeros)
    self.epsilon = epsilon
  }

  /// - Parameter x: `[…, width]`; statistics are computed in `float32` whatever its type.
  /// - Returns: the same shape.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try Trace.span("layer norm") { () throws(TorchError) in
      try x.layerNormalized(weight: weight, bias: bias, epsilon: epsilon)
    }
  }
}
