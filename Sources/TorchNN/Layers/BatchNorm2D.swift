public import Torch

/// Batch normalisation of `[batch, channels, height, width]`.
///
/// Source: Ioffe, Szegedy, *Batch Normalization*, 2015, algorithms 1 and 2.
public struct BatchNorm2D: Sendable {
  let weight: Tensor
  let bias: Tensor
  let runningMean: Tensor
  let runningVariance: Tensor
  let epsilon: Double
  let momentum: Double

  /// Asks the scope for `weight`, `bias`, `running_mean` and `running_var`.
  public init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, initialScale: Double = 1,
    in scope: Parameters.Scope
  ) throws {
    weight = try scope.parameter("weight", [channels], .constant(initialScale), dtype: .float32)
    bias = try scope.parameter("bias", [channels], .zeros, dtype: .float32)
    runningMean = try scope.buffer("running_mean", [channels], .zeros)
    runningVariance = try scope.buffer("running_var", [channels], .ones)
    // PyTorch keeps it and nothing reads it, but the original's strict loader wants it back.
    _ = try scope.counter("num_batches_tracked")
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// The running statistics in inference; the batch's own in training, which also updates those.
  ///
  /// In training the batch is that of all workers where ``BatchStatistics`` names some.
  public func callAsFunction(_ x: Tensor, mode: Mode = .inference) throws(TorchError) -> Tensor {
    if mode == .training, let group = BatchStatistics.group {
      return try synchronized(x, over: group)
    }
    return try x.batchNormalized(
      weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
      training: mode == .training, momentum: momentum, epsilon: epsilon)
  }

  /// Scale and shift that do the same in inference: `scale · x + shift`, both `[channels]`.
  public func affine() throws(TorchError) -> (scale: Tensor, shift: Tensor) {
    let scale = try weight / (runningVariance + epsilon).squareRoot()
    return (scale, try bias - runningMean * scale)
  }
}
