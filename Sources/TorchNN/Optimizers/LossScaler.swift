/// Keeps `float16` gradients from vanishing: the loss is multiplied by a factor that grows while
/// gradients stay finite and halves when they do not.
///
/// Source: Micikevicius et al., *Mixed Precision Training*, 2018, section 3.2.
public struct LossScaler: Codable, Hashable, Sendable {
  /// What the loss is multiplied by.
  public private(set) var factor: Double
  /// Finite steps since the factor last changed.
  public private(set) var goodSteps = 0

  /// Finite steps after which the factor doubles.
  public static let growthInterval = 2000
  private static let range = 1.0...Double(1 << 24)

  /// Starts with a factor.
  public init(factor: Double = 65_536) {
    self.factor = factor
  }

  /// Says whether the gradients of a step were finite, which decides about the next factor.
  public mutating func update(isFinite: Bool) {
    guard isFinite else {
      factor = max(factor / 2, Self.range.lowerBound)
      goodSteps = 0
      return
    }
    goodSteps += 1
    if goodSteps == Self.growthInterval {
      factor = min(factor * 2, Self.range.upperBound)
      goodSteps = 0
    }
  }
}
