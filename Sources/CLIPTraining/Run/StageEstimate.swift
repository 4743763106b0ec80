import Foundation

/// Foretells from the first steps how long a stage takes.
struct StageEstimate {
  private var steps = 0
  private var seconds = 0.0

  /// The first step warms up and does not count.
  private static let measuredSteps = 3

  /// Adds a step.
  mutating func add(seconds: Double) {
    steps += 1
    if steps > 1 { self.seconds += seconds }
  }

  /// The sentence for people, when there are enough steps to say it: once.
  ///
  /// - Parameter remaining: steps that are to come.
  /// - Returns: time and memory; nil before the sentence is due and after it.
  func line(remaining: Int) -> String? {
    guard steps == 1 + Self.measuredSteps, remaining > 0 else { return nil }
    let total = seconds / Double(Self.measuredSteps) * Double(remaining)
    return "about \(Self.duration(total)) for the \(remaining) steps to come, besides evaluations; "
      + "\(Gigabytes(MachineMemory.peak)) of memory at most so far"
  }

  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<90: String(format: "%.0f s", max(1, seconds))
    case ..<5400: String(format: "%.0f min", seconds / 60)
    default: String(format: "%.1f h", seconds / 3600)
    }
  }
}
