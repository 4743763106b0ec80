public import Torch

/// Elements dropped at random while training; nothing in inference.
public struct Dropout: Hashable, Sendable {
  /// The share that is dropped.
  public let probability: Double

  /// A layer that drops this share of its input.
  public init(_ probability: Double) {
    self.probability = probability
  }

  /// - Returns: `x` itself in inference.
  public func callAsFunction(_ x: Tensor, mode: Mode) throws(TorchError) -> Tensor {
    mode == .training ? try x.dropout(probability) : x
  }
}
