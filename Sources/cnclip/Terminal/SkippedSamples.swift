import ArgumentParser
import CLIPData
import Files

/// What a data set command left out of its output.
struct SkippedSamples {
  private static let shown = 20
  /// A sentence for each.
  private(set) var reasons: [String]

  /// Begins with what a data set itself left out while it was read.
  init(_ datasets: [any PairDataset]) {
    reasons = datasets.flatMap { $0.problems.map { "\($0)" } }
  }

  mutating func add(_ reason: String) { reasons.append(reason) }

  /// Names the first of them, counts the others, and ends the command with its own exit code if there
  /// are any.
  func finish() throws {
    guard !reasons.isEmpty else { return }
    for reason in reasons.prefix(Self.shown) { StandardError.line("skipped: \(reason)") }
    if reasons.count > Self.shown {
      StandardError.line("… and \(reasons.count - Self.shown) more")
    }
    throw ExitCode.someInputsSkipped
  }
}
