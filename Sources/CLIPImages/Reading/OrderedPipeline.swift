import Foundation

/// Works on items in parallel and hands the results out in the items' order, never further ahead
/// of the consumer than a window, so that memory stays bounded however many items there are.
///
/// Worker threads of its own keep Swift's cooperative pool free of long work.
package final class OrderedPipeline<Output: Sendable>: Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let window: Int
  private let work: @Sendable (Int) -> Output
  // Guarded by `condition`.
  nonisolated(unsafe) private var taken = 0
  nonisolated(unsafe) private var consumed = 0
  nonisolated(unsafe) private var results: [Int: Output] = [:]
  nonisolated(unsafe) private var isCancelled = false

  /// Starts working at once.
  ///
  /// - Parameters:
  ///   - count: how many items there are.
  ///   - window: how many results may wait.
  ///   - threads: how many items are worked on at a time.
  ///   - work: makes the result of an item; called on worker threads, in no exact order.
  package init(
    count: Int, window: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    work: @escaping @Sendable (Int) -> Output
  ) {
    self.count = count
    self.window = max(1, window)
    self.work = work
    for _ in 0..<min(max(1, threads), max(1, count)) {
      let thread = Thread { [weak self] in
        while let pipeline = self, pipeline.workOnNext() {}
      }
      thread.stackSize = 2 << 20
      thread.start()
    }
  }

  /// The result of the next item, or nil after the last or once cancelled; waits for it if need be.
  package func next() -> Output? {
    condition.withLock {
      while consumed < count, !isCancelled, results[consumed] == nil { condition.wait() }
      guard consumed < count, !isCancelled else { return nil }
      defer {
        consumed += 1
        condition.broadcast()
      }
      return results.removeValue(forKey: consumed)
    }
  }

  /// Lets the workers stop after what they are at, and whoever waits go on with nothing.
  package func cancel() {
    condition.withLock {
      isCancelled = true
      condition.broadcast()
    }
  }

  private func workOnNext() -> Bool {
    let item: Int? = condition.withLock {
      while !isCancelled, taken < count, taken >= consumed + window { condition.wait() }
      guard !isCancelled, taken < count else { return nil }
      taken += 1
      return taken - 1
    }
    guard let item else { return false }
    let result = work(item)
    condition.withLock {
      results[item] = result
      condition.broadcast()
    }
    return true
  }
}
