public import Torch

/// A convolution followed by batch normalisation; one convolution once prepared for inference.
public struct ConvNorm: Sendable {
  let convolution: Conv2D
  let norm: BatchNorm2D?

  /// Joins the two, folding the norm into the convolution when the numerics ask for it.
  public init(_ convolution: Conv2D, _ norm: BatchNorm2D, numerics: Numerics) throws {
    if numerics.prepared {
      self.convolution = try convolution.folding(norm).prepared(for: numerics)
      self.norm = nil
    } else {
      self.convolution = convolution
      self.norm = norm
    }
  }

  /// `activation(norm(convolution(x)) + residual)`.
  ///
  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - activation: applied last.
  ///   - residual: `[batch, outputs, height', width']`.
  ///   - mode: running statistics in inference, the batch's own in training.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, residual: Tensor? = nil, mode: Mode = .inference
  ) throws(TorchError) -> Tensor {
    guard let norm else { return try convolution(x, activation: activation, residual: residual) }
    var y = try norm(convolution(x), mode: mode)
    if let residual { y = try y + residual }
    return try activation.map { activation throws(TorchError) in try activation(y) } ?? y
  }
}
