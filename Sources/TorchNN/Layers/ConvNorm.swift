public import Torch

/// A convolution followed by batch normalisation; one convolution once prepared for inference.
public struct ConvNorm: Sendable {
  let convolution: Conv2D
  let norm: BatchNorm2D?

  /// Joins the two, folding the norm into the convolution when the numerics ask for it.
  public init(_ convolution: Conv2D, _ norm: BatchNorm2D, numerics: Numerics) throws {
    if numerics.prepared {
      self.convolution = try convolution.folding(norm)
      self.norm = nil
    } else {
      self.convolution = convolution
      self.norm = norm
    }
  }

  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - mode: training takes the batch's own statistics and updates the running ones.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ x: Tensor, mode: Mode = .inference) throws(TorchError) -> Tensor {
    let y = try convolution(x)
    return try norm?(y, mode: mode) ?? y
  }
}
