import ArgumentParser
import CLIPModels
import Foundation

/// How long the repetitions of one piece of work took.
struct Timings: Codable, Hashable, Sendable {
  /// How often it was done.
  let repetitions: Int
  /// The middle, in seconds.
  let median: Double
  /// What 95 of 100 repetitions do not exceed, in seconds.
  let percentile95: Double
  /// What 99 of 100 repetitions do not exceed, in seconds.
  let percentile99: Double

  /// Summarises durations in seconds, by the nearest rank.
  ///
  /// - Parameter durations: at least one.
  init(_ durations: [Double]) {
    let sorted = durations.sorted()
    func rank(_ share: Double) -> Double {
      let index = Int((share * Double(sorted.count)).rounded(.up)) - 1
      return sorted.isEmpty ? 0 : sorted[min(max(index, 0), sorted.count - 1)]
    }
    repetitions = sorted.count
    median = rank(0.5)
    percentile95 = rank(0.95)
    percentile99 = rank(0.99)
  }

  /// What durations are taken with.
  typealias Clock = Stopwatch

  /// Repeats work until the time is up, at least three times, after one repetition to warm up.
  ///
  /// - Parameters:
  ///   - seconds: when to stop starting.
  ///   - clock: what to take the durations with.
  ///   - work: what to measure.
  /// - Returns: the times of the runs, in seconds.
  static func of(
    seconds: Double, clock: Clock = .wall, _ work: () throws -> Void
  ) rethrows -> Timings {
    try work()
    var durations: [Double] = []
    let begin = Clock.wall.now
    while durations.count < 3 || Clock.wall.now - begin < seconds {
      let start = clock.now
      try work()
      durations.append(clock.now - start)
    }
    return Timings(durations)
  }
}

extension Stopwatch: ExpressibleByArgument {}
