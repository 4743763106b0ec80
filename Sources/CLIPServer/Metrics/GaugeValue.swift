import CoreMetrics
import Synchronization

/// A number that goes up and down; also the counter that only goes up.
package final class GaugeValue: CounterHandler, FloatingPointCounterHandler, MeterHandler {
  private let state = Mutex(0.0)

  /// Zero.
  package init() {}

  /// The number now.
  package var value: Double { state.withLock(\.self) }

  package func increment(by amount: Int64) { state.withLock { $0 += Double(amount) } }
  package func increment(by amount: Double) { state.withLock { $0 += amount } }
  package func decrement(by amount: Double) { state.withLock { $0 -= amount } }
  package func set(_ value: Int64) { state.withLock { $0 = Double(value) } }
  package func set(_ value: Double) { state.withLock { $0 = value } }
  package func reset() { state.withLock { $0 = 0 } }
}
