import Foundation
public import Torch

/// Adam whose step in each tensor is as long as the tensor itself, for large batches.
///
/// Norms, biases and whatever else does not decay take Adam's own step, as in published code.
///
/// Source: You et al., *Large Batch Optimization for Deep Learning: Training BERT in 76 minutes*,
/// 2019, algorithm 2.
public final class LAMB: Optimizer {
  /// The numbers that do not change during a run.
  public struct Configuration: Codable, Hashable, Sendable {
    /// How much of the running mean of gradients is kept.
    public var beta1: Double
    /// How much of the running mean of squared gradients is kept.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Double
    /// The share of a decaying weight that is added to its step before that gets its length.
    public var weightDecay: Double
    /// Which weights decay, and take steps of their own length.
    public var weightDecayRule: WeightDecayRule

    /// Names the numbers; the defaults are FILIP's (Yao et al., 2021, appendix A.3).
    public init(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-4,
      weightDecay: Double = 0.03, weightDecayRule: WeightDecayRule = .withoutEmbeddings
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
    try withoutGradients { () throws(TorchError) in
      for group in moments.groups {
        for (member, gradient) in try group.moved() {
          var step = try direction(member, gradient)
          if group.decays {
            step = try step + member.tensor * configuration.weightDecay
            step = try step * trust(member.tensor, step)
          }
          try member.tensor.add(step, factor: -learningRate * group.rateFactor)
        }
      }
    }
  }

  /// Adam's step, after the moments have moved.
  private func direction(
    _ member: Moments.Member, _ gradient: Tensor
  ) throws(TorchError) -> Tensor {
    let (beta1, beta2) = (configuration.beta1, configuration.beta2)
    try member.step.add(.ones([], device: member.step.device))
    try member.first.multiply(by: beta1)
    try member.first.add(gradient, factor: 1 - beta1)
    try member.second.multiply(by: beta2)
    try member.second.addProduct(gradient, gradient, factor: 1 - beta2)
    let steps = try member.step.item()
    let mean = try member.first / (1 - pow(beta1, steps))
    let root = try (member.second / (1 - pow(beta2, steps))).squareRoot()
    return try mean / (root + configuration.epsilon)
  }

  /// How long a tensor is, in lengths of its step; 1 where either has none.
  private func trust(_ weight: Tensor, _ step: Tensor) throws(TorchError) -> Tensor {
    let (length, stepLength) = (try weight.norm(), try step.norm())
    let one = try Tensor.ones([], device: weight.device)
    let ratio = try Tensor.choosing(
      length / stepLength, where: stepLength.isGreater(than: 0), else: one)
    return try .choosing(ratio, where: length.isGreater(than: 0), else: one)
  }

  /// The state by name: what a checkpoint has to keep.
  public var state: [(name: String, tensor: Tensor)] { moments.state }

  /// Takes over a state that ``state`` gave.
  ///
  /// - Throws: ``ParameterError`` when the source lacks a tensor or has one of another shape.
  public func restore(from source: any TensorSource) throws {
    try moments.restore(from: source)
  }
}
