public import Torch

/// A slowly moving mean of weights, which often generalises better than the weights themselves.
///
/// Source: Polyak, Juditsky, *Acceleration of Stochastic Approximation by Averaging*, 1992; the
/// warm-up min(decay, (1 + n) / (10 + n)) is TensorFlow's.
public final class MovingAverage {
  /// How much of the mean a step keeps, in the long run.
  public let decay: Double
  private let entries: [(name: String, tensor: Tensor, average: Tensor)]
  /// Updates so far.
  public private(set) var updateCount = 0

  /// Starts the mean at the present values.
  ///
  /// - Parameters:
  ///   - parameters: what is averaged.
  ///   - decay: near 1; 0.999 averages over about the last thousand steps.
  /// - Throws: `TorchError` when there is no memory for a second copy of the weights.
  public init(_ parameters: [Parameters.Entry], decay: Double) throws(TorchError) {
    self.decay = decay
    var entries: [(name: String, tensor: Tensor, average: Tensor)] = []
    for entry in parameters {
      entries.append((entry.name, entry.tensor, try entry.tensor.detached().clone()))
    }
    self.entries = entries
  }

  /// Moves the mean a step towards the present values.
  public func update() throws(TorchError) {
    updateCount += 1
    let kept = min(decay, Double(1 + updateCount) / Double(10 + updateCount))
    try withoutGradients { () throws(TorchError) in
      try entries.map(\.average).interpolate(to: entries.map(\.tensor), weight: 1 - kept)
    }
  }

  /// Puts the mean in the weights' place while a closure runs.
  public func withAverage<Result>(_ body: () throws -> Result) throws -> Result {
    try exchange()
    let result = Swift.Result { try body() }
    try exchange()
    return try result.get()
  }

  /// The mean by name: what a checkpoint has to keep, with ``updateCount``.
  public var state: [(name: String, tensor: Tensor)] { entries.map { ($0.name, $0.average) } }

  /// Takes over a state that ``state`` gave.
  public func restore(from source: any TensorSource, updateCount: Int) throws {
    for entry in entries {
      guard let saved = try source.tensor(named: entry.name) else {
        throw ParameterError.missing(name: entry.name, source: source.sourceName)
      }
      try entry.average.copy(from: saved)
    }
    self.updateCount = updateCount
  }

  private func exchange() throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      for entry in entries {
        let values = try entry.tensor.detached().clone()
        try entry.tensor.copy(from: entry.average)
        try entry.average.copy(from: values)
      }
    }
  }
}
