internal import CTorch

// Elementwise functions and the two normalisations of scores.
extension Tensor {
  /// e to the power of each element.
  public func exp() throws(TorchError) -> Tensor { try applying(CT_EXP) }
  /// The natural logarithm.
  public func log() throws(TorchError) -> Tensor { try applying(CT_LOG) }
  /// The square root.
  public func squareRoot() throws(TorchError) -> Tensor { try applying(CT_SQRT) }
  /// The absolute value.
  public func absolute() throws(TorchError) -> Tensor { try applying(CT_ABS) }
  /// 1 / (1 + e^-x).
  public func sigmoid() throws(TorchError) -> Tensor { try applying(CT_SIGMOID) }
  /// The hyperbolic tangent.
  public func tanh() throws(TorchError) -> Tensor { try applying(CT_TANH) }
  /// max(x, 0).
  public func relu() throws(TorchError) -> Tensor { try applying(CT_RELU) }
  /// min(max(x, 0), 6).
  public func relu6() throws(TorchError) -> Tensor { try applying(CT_RELU6) }
  /// log(1 + e^x).
  public func softplus() throws(TorchError) -> Tensor { try applying(CT_SOFTPLUS) }
  /// Which elements are neither infinite nor NaN, as bool.
  public func isFinite() throws(TorchError) -> Tensor { try applying(CT_IS_FINITE) }
  /// The error function, 2/√π · ∫₀ˣ e^-t² dt.
  public func errorFunction() throws(TorchError) -> Tensor { try applying(CT_ERF) }
  /// The nearest whole number; of two equally near ones the even one.
  public func rounded() throws(TorchError) -> Tensor { try applying(CT_ROUND) }
  /// The other truth value.
  public func inverted() throws(TorchError) -> Tensor { try applying(CT_LOGICAL_NOT) }

  /// x·Φ(x) with the exact error function, as BERT uses it.
  public func gelu() throws(TorchError) -> Tensor {
    try produce { ct_gelu(handle, false, $0) }
  }

  /// x·σ(1.702x), OpenAI CLIP's approximation of GELU.
  public func quickGELU() throws(TorchError) -> Tensor {
    try self * (self * 1.702).sigmoid()
  }

  /// x·σ(x).
  public func silu() throws(TorchError) -> Tensor {
    try produce { ct_silu(handle, $0) }
  }

  /// Probabilities along an axis.
  public func softmax(axis: Int = -1) throws(TorchError) -> Tensor {
    try produce { ct_softmax(handle, Int64(axis), $0) }
  }

  /// Logarithms of probabilities along an axis.
  public func logSoftmax(axis: Int = -1) throws(TorchError) -> Tensor {
    try produce { ct_log_softmax(handle, Int64(axis), $0) }
  }

  /// Unit length along the last axis.
  ///
  /// As in the original a zero vector gives NaN, not zero.
  public func normalized() throws(TorchError) -> Tensor {
    try self / norm(axis: -1, keepsAxis: true)
  }
}
