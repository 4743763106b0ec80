import Dispatch
import Foundation

/// Runs `body` for 0 ..< count on all processors and returns the results in order.
///
/// - Parameters:
///   - count: number of items.
///   - progress: called with the number of finished items, from one thread at a time, in no exact rhythm.
///   - body: the work; independent for every item.
package func concurrentMap<Result: Sendable>(
  count: Int, progress: (@Sendable (Int) -> Void)? = nil,
  _ body: @escaping @Sendable (Int) -> Result
) -> [Result] {
  let results = ConcurrentResults<Result>(count: count)
  let workers = min(max(1, ProcessInfo.processInfo.activeProcessorCount), max(1, count))
  DispatchQueue.concurrentPerform(iterations: workers) { _ in
    while let index = results.next() { results.set(index, body(index), progress) }
  }
  return results.all()
}

/// Hands out items and keeps their results.
private final class ConcurrentResults<Result: Sendable>: Sendable {
  private let lock = NSLock()
  nonisolated(unsafe) private var taken = 0
  nonisolated(unsafe) private var finished = 0
  nonisolated(unsafe) private var results: [Result?]
  private let count: Int

  init(count: Int) {
    self.count = count
    results = Array(repeating: nil, count: count)
  }

  func next() -> Int? {
    lock.withLock {
      guard taken < count else { return nil }
      taken += 1
      return taken - 1
    }
  }

  func set(_ index: Int, _ result: Result, _ progress: (@Sendable (Int) -> Void)?) {
    lock.withLock {
      results[index] = result
      finished += 1
      progress?(finished)
    }
  }

  func all() -> [Result] { lock.withLock { results.compactMap { $0 } } }
}
