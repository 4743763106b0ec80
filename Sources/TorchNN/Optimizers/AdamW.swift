public import Torch

/// Adam with decoupled weight decay, by LibTorch's fused kernel.
///
/// Source: Loshchilov, Hutter, *Decoupled Weight Decay Regularization*, 2017, algorithm 2.
public final class AdamW {
  /// The numbers that do not change during a run.
  public struct Configuration: Codable, Hashable, Sendable {
    /// How much of the running mean of gradients is kept.
    public var beta1: Double
    /// How much of the running mean of squared gradients is kept; 0.98 for transformers.
    public var beta2: Double
    /// Added to the root of the second moment; 1e-6 for transformers in the original.
    public var epsilon: Double
    /// The share of a decaying weight that a step takes away, times the learning rate.
    public var weightDecay: Double
    /// Which weights decay.
    public var weightDecayRule: WeightDecayRule

    /// Names the numbers; the defaults are Chinese-CLIP's for vision transformers.
    public init(
      beta1: Double = 0.9, beta2: Double = 0.98, epsilon: Double = 1e-6,
      weightDecay: Double = 0.001, weightDecayRule: WeightDecayRule = .matrices
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
      self.weightDecayRule = weightDecayRule
    }

    /// Keys that are missing have their defaults.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self.init()
      beta1 = try container.decodeIfPresent(Double.self, forKey: .beta1) ?? beta1
      beta2 = try container.decodeIfPresent(Double.self, forKey: .beta2) ?? beta2
      epsilon = try container.decodeIfPresent(Double.self, forKey: .epsilon) ?? epsilon
      weightDecay =
        try container.decodeIfPresent(Double.self, forKey: .weightDecay) ?? weightDecay
      weightDecayRule =
        try container.decodeIfPresent(WeightDecayRule.self, forKey: .weightDecayRule)
        ?? weightDecayRule
    }
  }

  /// The numbers that do not change during a run.
  public let configuration: Configuration
  private let moments: Moments

  /// Prepares moments of zero for every parameter.
  ///
  /// - Parameters:
  ///   - parameters: what is learned; all `float32`, the master weights.
  ///   - configuration: the numbers.
  ///   - rateFactor: what multiplies the learning rate of a parameter.
  /// - Throws: `TorchError` for parameters of another type.
  public init(
    _ parameters: [Parameters.Entry], configuration: Configuration,
    rateFactor: (Parameters.Entry) -> Double = { _ in 1 }
  ) throws(TorchError) {
    self.configuration = configuration
    moments = try Moments(
      of: parameters, decays: { configuration.weightDecayRule.decays($0, shape: $1) },
      rateFactor: rateFactor)
  }

  /// How many tensors decay and how many do not.
  public var tensorCounts: (decayed: Int, undecayed: Int) {
    moments.counts(decaying: configuration.weightDecay != 0)
  }

  /// One step down the gradients; parameters without a gradient stay, moments too.
  public func step(learningRate: Double) throws(TorchError) {
    for group in moments.groups {
      let moved = try group.moved()
      try withoutGradients { () throws(TorchError) in
        try moved.map(\.member.tensor).stepAdamW(
          gradients: moved.map(\.gradient), firstMoments: moved.map(\.member.first),
          secondMoments: moved.map(\.member.second), steps: moved.map(\.member.step),
          settings: AdamWSettings(
            learningRate: learningRate * group.rateFactor, beta1: configuration.beta1,
            beta2: configuration.beta2, epsilon: configuration.epsilon,
            weightDecay: group.decays ? configuration.weightDecay : 0))
      }
    }
  }

  /// The moments and step counts by name: what a checkpoint has to keep.
  public var state: [(name: String, tensor: Tensor)] { moments.state }

  /// Takes over a state that ``state`` gave.
  ///
  /// - Throws: ``ParameterError`` when the source lacks a tensor or has one of another shape.
  public func restore(from source: any TensorSource) throws {
    try moments.restore(from: source)
  }
}
