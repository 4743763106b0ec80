public import Torch

/// Whether batch norms in training take their statistics over all workers.
public enum BatchStatistics {
  /// The workers that share statistics; nil: each worker has its own.
  @TaskLocal public static var group: WorkerGroup?
}

extension BatchNorm2D {
  /// Batch normalisation by the mean and variance of all workers' batches together.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`, of equal shape on every worker.
  ///   - group: the workers.
  /// - Returns: `x` normalised, of the same shape.
  /// - Throws: `TorchError` when a worker is lost, or has another shape.
  func synchronized(_ x: Tensor, over group: WorkerGroup) throws(TorchError) -> Tensor {
    let channels = x.shape[1]
    let count = Double(x.count / channels * group.count)
    let exact = try x.to(.float32)
    let mean = try group.sum(exact.sum(axes: [0, 2, 3])) / count
    let centred = try exact - mean.reshaped(1, channels, 1, 1)
    let variance = try group.sum((centred * centred).sum(axes: [0, 2, 3])) / count
    try withoutGradients { () throws(TorchError) in
      let unbiased = try variance.detached() * (count / max(1, count - 1))
      try runningMean.multiply(by: 1 - momentum)
      try runningMean.add(mean.detached(), factor: momentum)
      try runningVariance.multiply(by: 1 - momentum)
      try runningVariance.add(unbiased, factor: momentum)
    }
    let scale = try weight * (variance + epsilon).power(-0.5)
    let normalized = try centred * scale.reshaped(1, channels, 1, 1)
    return try (normalized + bias.reshaped(1, channels, 1, 1)).to(x.dtype)
  }
}
