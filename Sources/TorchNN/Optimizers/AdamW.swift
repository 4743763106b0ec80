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

  /// Parameters that are treated alike.
  private struct Group {
    let decays: Bool
    let rateFactor: Double
    var members: [Member] = []
  }

  private struct Member {
    let name: String
    let tensor: Tensor
    let firstMoment: Tensor
    let secondMoment: Tensor
    let step: Tensor
  }

  /// The numbers that do not change during a run.
  public let configuration: Configuration
  private var groups: [Group] = []

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
    for entry in parameters {
      guard entry.tensor.dtype == .float32 else {
        throw TorchError("\(entry.name) is \(entry.tensor.dtype.rawValue); only float32 is learned")
      }
      let (shape, device) = (entry.tensor.shape, entry.tensor.device)
      let member = Member(
        name: entry.name, tensor: entry.tensor, firstMoment: try .zeros(shape, device: device),
        secondMoment: try .zeros(shape, device: device), step: try .zeros([], device: device))
      let decays =
        configuration.weightDecay != 0
        && configuration.weightDecayRule.decays(entry.name, shape: shape)
      let factor = rateFactor(entry)
      if let index = groups.firstIndex(where: { $0.decays == decays && $0.rateFactor == factor }) {
        groups[index].members.append(member)
      } else {
        groups.append(Group(decays: decays, rateFactor: factor, members: [member]))
      }
    }
  }

  /// How many tensors decay and how many do not.
  public var tensorCounts: (decayed: Int, undecayed: Int) {
    let decayed = groups.reduce(0) { $0 + ($1.decays ? $1.members.count : 0) }
    return (decayed, groups.reduce(0) { $0 + $1.members.count } - decayed)
  }

  /// One step down the gradients; parameters without a gradient stay, moments too.
  public func step(learningRate: Double) throws(TorchError) {
    for group in groups {
      var moved: [Member] = []
      var gradients: [Tensor] = []
      for member in group.members {
        guard let gradient = try member.tensor.gradient() else { continue }
        moved.append(member)
        gradients.append(gradient)
      }
      try withoutGradients { () throws(TorchError) in
        try moved.map(\.tensor).stepAdamW(
          gradients: gradients, firstMoments: moved.map(\.firstMoment),
          secondMoments: moved.map(\.secondMoment), steps: moved.map(\.step),
          settings: AdamWSettings(
            learningRate: learningRate * group.rateFactor, beta1: configuration.beta1,
            beta2: configuration.beta2, epsilon: configuration.epsilon,
            weightDecay: group.decays ? configuration.weightDecay : 0))
      }
    }
  }

  /// The moments and step counts by name: what a checkpoint has to keep.
  public var state: [(name: String, tensor: Tensor)] {
    groups.flatMap(\.members).flatMap { member in
      [
        ("\(member.name).exp_avg", member.firstMoment),
        ("\(member.name).exp_avg_sq", member.secondMoment),
        ("\(member.name).step", member.step),
      ]
    }
  }

  /// Takes over a state that ``state`` gave.
  ///
  /// - Throws: ``ParameterError`` when the source lacks a tensor or has one of another shape.
  public func restore(from source: any TensorSource) throws {
    for (name, tensor) in state {
      guard let saved = try source.tensor(named: name) else {
        throw ParameterError.missing(name: name, source: source.sourceName)
      }
      guard saved.shape == tensor.shape else {
        throw ParameterError.wrongShape(
          name: name, expected: tensor.shape, found: saved.shape, source: source.sourceName)
      }
      try tensor.copy(from: saved)
    }
  }
}
