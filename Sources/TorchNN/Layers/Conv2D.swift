public import Torch

/// A two-dimensional convolution of `[batch, channels, height, width]`.
public struct Conv2D: Sendable {
  /// How an image is extended at its edges.
  public enum Padding: Hashable, Sendable {
    /// The same number of zeros on each side.
    case symmetric(Int)
    /// TensorFlow's "same": the output is ⌈input/stride⌉; an odd zero goes right and below.
    case same
  }

  let weight: Tensor
  let bias: Tensor?
  let kernel: Int
  let stride: Int
  let padding: Padding
  let groups: Int

  /// Asks the scope for `weight` and, if wanted, `bias`.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1,
    padding: Padding = .symmetric(0), groups: Int = 1, bias: Bool = false,
    in scope: Parameters.Scope
  ) throws {
    let fanIn = inputs / groups * kernel * kernel
    weight = try scope.parameter(
      "weight", [outputs, inputs / groups, kernel, kernel], .fanIn(fanIn))
    self.bias = bias ? try scope.parameter("bias", [outputs], .fanIn(fanIn)) : nil
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  private init(_ other: Conv2D, weight: Tensor, bias: Tensor) {
    self.weight = weight
    self.bias = bias
    kernel = other.kernel
    stride = other.stride
    padding = other.padding
    groups = other.groups
  }

  /// This convolution followed by a batch norm in inference, as one convolution.
  public func folding(_ norm: BatchNorm2D) throws -> Conv2D {
    let (scale, shift) = try norm.affine()
    let exact = try weight.to(.float32)
    let folded = try exact * scale.reshaped(-1, 1, 1, 1)
    let offset = try bias.map { bias throws(TorchError) in try bias.to(.float32) * scale + shift }
    return Conv2D(
      self, weight: try folded.to(weight.dtype), bias: try (offset ?? shift).to(weight.dtype))
  }

  /// - Parameter x: `[batch, inputs, height, width]`.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    switch padding {
    case .symmetric(let padding):
      return try x.convolved2D(
        weight, bias: bias, stride: stride, padding: padding, groups: groups)
    case .same:
      let shape = x.shape
      let vertical = missing(shape[2])
      let horizontal = missing(shape[3])
      if vertical == horizontal, vertical.isMultiple(of: 2) {
        return try x.convolved2D(
          weight, bias: bias, stride: stride, padding: vertical / 2, groups: groups)
      }
      let padded = try x.padded2D(
        left: horizontal / 2, right: horizontal - horizontal / 2,
        top: vertical / 2, bottom: vertical - vertical / 2)
      return try padded.convolved2D(weight, bias: bias, stride: stride, groups: groups)
    }
  }

  private func missing(_ size: Int) -> Int {
    max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size)
  }
}
