import Foundation

/// How the learning rate rises and falls over a stage of training.
///
/// It has no memory: the rate depends on the step alone, so a resumed run continues exactly.
public struct LearningRateSchedule: Codable, Hashable, Sendable {
  /// What happens after the warm-up.
  public enum Shape: String, Codable, Hashable, Sendable, CaseIterable {
    /// base · ½ (1 + cos π t) for t from 0 to 1, as the original.
    case cosine
    /// base · (1 - t).
    case linear
    /// base.
    case constant
  }

  /// The highest rate.
  public var base: Double
  /// Steps over which the rate rises in a straight line, ending at ``base``.
  public var warmupSteps: Int
  /// What happens then.
  public var shape: Shape
  /// Steps of the stage, warm-up included.
  public var totalSteps: Int

  /// Names the numbers.
  public init(base: Double, warmupSteps: Int, shape: Shape = .cosine, totalSteps: Int) {
    self.base = base
    self.warmupSteps = warmupSteps
    self.shape = shape
    self.totalSteps = totalSteps
  }

  /// The rate of a step.
  ///
  /// Source: `cn_clip/training/scheduler.py`, `cosine_lr`.
  ///
  /// - Parameter step: counted from 0.
  /// - Returns: at most ``base``.
  public func rate(at step: Int) -> Double {
    if step < warmupSteps { return base * Double(step + 1) / Double(warmupSteps) }
    let length = max(1, totalSteps - warmupSteps)
    let progress = min(1, Double(step - warmupSteps) / Double(length))
    return switch shape {
    case .cosine: base * 0.5 * (1 + cos(.pi * progress))
    case .linear: base * (1 - progress)
    case .constant: base
    }
  }
}
