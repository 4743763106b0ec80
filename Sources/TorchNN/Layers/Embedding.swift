public import Torch

/// A table of vectors, looked up by whole numbers.
public struct Embedding: Sendable {
  let weight: Tensor
  let paddingIndex: Int?

  /// Asks the scope for `weight`, `[count, width]`.
  ///
  /// - Parameters:
  ///   - count: how many vectors.
  ///   - width: the size of each.
  ///   - paddingIndex: a row that is never learned.
  ///   - deviation: the standard deviation of the initial values.
  ///   - scope: the layer's place in the checkpoint.
  /// - Throws: ``ParameterError`` when the source's tensors do not fit.
  public init(
    _ count: Int, _ width: Int, paddingIndex: Int? = nil, deviation: Double = 0.02,
    in scope: Parameters.Scope
  ) throws {
    weight = try scope.parameter("weight", [count, width], .normal(deviation))
    self.paddingIndex = paddingIndex
  }

  /// - Parameter indices: `[…]`, whole numbers below the table's count.
  /// - Returns: `[…, width]`.
  /// - Throws: `TorchError` when an index is not a row of the table.
  public func callAsFunction(_ indices: Tensor) throws(TorchError) -> Tensor {
    try Trace.span("embedding") { () throws(TorchError) in
      try weight.embedded(indices, paddingIndex: paddingIndex)
    }
  }

  /// The first `count` rows, `[count, width]`.
  public func first(_ count: Int) throws(TorchError) -> Tensor {
    try weight.sliced(0..<count)
  }
}
