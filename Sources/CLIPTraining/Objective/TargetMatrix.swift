public import Torch

/// Which answers are right for some pairs of a batch, as probabilities: every row sums to one.
public struct TargetMatrix: Sendable {
  /// `[rows, batch]`.
  public let probabilities: Tensor

  /// Given probabilities.
  public init(probabilities: Tensor) {
    self.probabilities = probabilities
  }

  /// Each picture with its own caption alone.
  ///
  /// - Parameters:
  ///   - rows: which pairs ask.
  ///   - count: pairs in the batch.
  ///   - device: where the matrix is wanted.
  /// - Returns: a target of ones on the diagonal, `[rows, count]`.
  /// - Throws: `TorchError` for rows that are not among the pairs.
  public static func identity(
    rows: Range<Int>, of count: Int, device: Device = .cpu
  ) throws(TorchError) -> TargetMatrix {
    let all = try Tensor.range(0..<count, device: device)
    let asking = try all.sliced(rows).unsqueezed(1)
    return TargetMatrix(probabilities: try asking.isEqual(to: all.unsqueezed(0)).to(.float32))
  }

  /// Every pair with an equal picture or an equal caption, in equal shares.
  ///
  /// Source: the multi-caption target of FILIP's fine-tuning (Yao et al., 2021, section 3.1), 1
  /// over the number of positives, for whatever repeats in a batch.
  ///
  /// - Parameters:
  ///   - rows: which pairs ask.
  ///   - imageKeys: `[batch]`, equal for equal pictures.
  ///   - textKeys: `[batch]`, equal for equal captions.
  /// - Returns: a target of `[rows, batch]` whose rows sum to one.
  /// - Throws: `TorchError` for rows that are not in the batch, and when there are not as many keys
  ///   of pictures as of captions.
  public static func duplicates(
    rows: Range<Int>, imageKeys: Tensor, textKeys: Tensor
  ) throws(TorchError) -> TargetMatrix {
    func equal(_ keys: Tensor) throws(TorchError) -> Tensor {
      try keys.sliced(rows).unsqueezed(1).isEqual(to: keys.unsqueezed(0)).to(.float32)
    }
    let positives = try equal(imageKeys).maximum(equal(textKeys))
    return TargetMatrix(
      probabilities: try positives / positives.sum(axis: 1, keepsAxis: true))
  }

  /// This target with a share of each row spread over the whole batch.
  public func smoothed(by share: Double) throws(TorchError) -> TargetMatrix {
    guard share > 0 else { return self }
    let uniform = share / Double(probabilities.shape[1])
    return TargetMatrix(probabilities: try probabilities * (1 - share) + uniform)
  }

  /// The sum over the rows of the cross-entropy between this target and the softmax of logits.
  ///
  /// - Parameter logits: `[rows, batch]`.
  /// - Returns: a scalar.
  /// - Throws: `TorchError` when the shapes disagree.
  public func crossEntropy(_ logits: Tensor) throws(TorchError) -> Tensor {
    try -(probabilities * logits.logSoftmax(axis: 1)).sum()
  }

  /// How many rows have their highest logit at the best answer, or at one of the best.
  func correctCount(_ logits: Tensor) throws(TorchError) -> Tensor {
    let answers = try logits.argmax(axis: 1, keepsAxis: true)
    let best = try probabilities.max(axis: 1, keepsAxis: true)
    return try (best - probabilities.gathered(answers, axis: 1)).isGreater(than: 0).inverted()
      .to(.float32).sum()
  }
}
