public import TorchNN

/// Weights that learn faster or slower than the others.
public struct RateGroup: Codable, Hashable, Sendable {
  /// Names of the weights, as patterns: `["visual.*"]`.
  public var names: NamePatterns
  /// What multiplies their learning rate.
  public var factor: Double

  /// Names the two.
  public init(_ names: NamePatterns, factor: Double) {
    self.names = names
    self.factor = factor
  }
}
