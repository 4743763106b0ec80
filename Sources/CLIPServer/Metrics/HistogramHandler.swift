import CoreMetrics
import Synchronization

/// Counts of values in buckets, their sum and their number, as Prometheus wants them.
///
/// As a timer it takes nanoseconds and keeps seconds.
package final class HistogramHandler: RecorderHandler, TimerHandler {
  /// What was recorded so far.
  package struct Snapshot: Sendable {
    /// Values at most as large as the bound of the same place, not cumulative; the last is above all.
    package var counts: [UInt64]
    /// Sum of all values.
    package var sum = 0.0
    /// Number of all values.
    package var count: UInt64 { counts.reduce(0, +) }
  }

  /// Upper bounds of the buckets, ascending.
  package let bounds: [Double]
  private let state: Mutex<Snapshot>

  /// An empty histogram.
  package init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  /// What was recorded so far.
  package var snapshot: Snapshot { state.withLock(\.self) }

  package func record(_ value: Int64) { record(Double(value)) }

  package func record(_ value: Double) {
    guard value.isFinite else { return }
    let place = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock {
      $0.counts[place] += 1
      $0.sum += value
    }
  }

  package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  /// The value below which the given share of the values lies, interpolated within its bucket.
  package func quantile(_ share: Double) -> Double {
    let snapshot = snapshot
    guard snapshot.count > 0 else { return 0 }
    let wanted = share * Double(snapshot.count)
    var below = 0.0
    for (place, count) in snapshot.counts.enumerated() where count > 0 {
      guard below + Double(count) < wanted else {
        let low = place == 0 ? 0 : bounds[place - 1]
        guard place < bounds.count else { return low }
        return low + (bounds[place] - low) * (wanted - below) / Double(count)
      }
      below += Double(count)
    }
    return bounds.last ?? 0
  }
}
