public import Torch

/// A learned matrix of low rank beside a frozen one: `weight + scale · up · down`.
public struct LowRankAddition: Sendable {
  /// `[rank, inputs]`; starts as a linear layer does.
  public let down: Tensor
  /// `[outputs, rank]`; starts at zero, so the model starts as it was.
  public let up: Tensor
  /// How often the product counts.
  public let scale: Double

  /// - Parameter x: `[…, inputs]`.
  /// - Returns: `[…, outputs]`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x.linear(down).linear(up) * scale
  }

  /// The addition to some of the outputs alone.
  func rows(_ range: Range<Int>) throws(TorchError) -> LowRankAddition {
    LowRankAddition(down: down, up: try up.sliced(range), scale: scale)
  }

  /// The one matrix that does the same as `weight` with this addition.
  public func merged(into weight: Tensor) throws(TorchError) -> Tensor {
    try withoutGradients { () throws(TorchError) in
      let addition = try up.to(.float32).matmul(down.to(.float32)) * scale
      return try (weight.to(.float32) + addition).to(weight.dtype)
    }
  }
}
