package import CLIPSearch
import Synchronization

/// Gathers the items of many callers into batches for one worker.
///
/// A batch starts as soon as the worker is free. When it was idle, it first waits for
/// `gatheringTime`, so that requests that come together are worked on together; while it is busy
/// the next batch gathers by itself. The queue is bounded: ``submit(_:)`` throws
/// ``ServerError/busy(retryAfter:)`` when there is no room, and items that have waited longer than
/// `patience` are answered in the same way instead of being worked on for nobody.
package final class BatchQueue<Item: Sendable, Output: Sendable>: Sendable {
  /// Works on a batch; returns one output for each item, in order.
  package typealias Work = @Sendable ([Item]) async throws -> [Output]

  private struct Waiting {
    var item: Item
    var since: ContinuousClock.Instant
    var continuation: CheckedContinuation<Output, any Error>
  }

  private struct State {
    var waiting: [Waiting] = []
    var isWorking = false
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let batchSize: Int
  private let gatheringTime: Duration
  private let patience: Duration
  private let threads: DedicatedThreads
  private let work: Work

  /// A queue that works on `threads`.
  package init(
    capacity: Int, batchSize: Int, gatheringTime: Duration, patience: Duration,
    threads: DedicatedThreads, work: @escaping Work
  ) {
    self.capacity = capacity
    self.batchSize = max(1, batchSize)
    self.gatheringTime = gatheringTime
    self.patience = patience
    self.threads = threads
    self.work = work
  }

  /// Items that wait for the worker.
  package var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Adds items and waits for their outputs.
  ///
  /// - Throws: ``ServerError/busy(retryAfter:)`` when there is no room for all of them, or what the
  ///   worker throws for the batch that an item was in.
  package func submit(_ items: [Item]) async throws -> [Output] {
    guard !items.isEmpty else { return [] }
    guard waitingCount + items.count <= capacity else {
      throw ServerError.busy(retryAfter: 1)
    }
    if items.count == 1 { return [try await submitOne(items[0])] }
    return try await withThrowingTaskGroup(of: (Int, Output).self) { group in
      for (index, item) in items.enumerated() {
        group.addTask { (index, try await self.submitOne(item)) }
      }
      var outputs = [Output?](repeating: nil, count: items.count)
      for try await (index, output) in group { outputs[index] = output }
      return outputs.compactMap(\.self)
    }
  }

  private func submitOne(_ item: Item) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      let (isFull, start) = state.withLock { state in
        guard state.waiting.count < capacity else { return (true, false) }
        state.waiting.append(Waiting(item: item, since: .now, continuation: continuation))
        defer { state.isWorking = true }
        return (false, !state.isWorking)
      }
      if isFull { continuation.resume(throwing: ServerError.busy(retryAfter: 1)) }
      if start { Task(executorPreference: threads) { await self.drain() } }
    }
  }

  /// Works until nothing waits.
  private func drain() async {
    if gatheringTime > .zero { try? await Task.sleep(for: gatheringTime) }
    while let batch = next() {
      let deadline = ContinuousClock.now - patience
      let late = batch.filter { $0.since < deadline }
      for waiting in late { waiting.continuation.resume(throwing: ServerError.busy(retryAfter: 2)) }
      let timely = batch.filter { $0.since >= deadline }
      guard !timely.isEmpty else { continue }
      do {
        let outputs = try await work(timely.map(\.item))
        guard outputs.count == timely.count else {
          throw ServerError.engine(
            "the model returned \(outputs.count) results for \(timely.count) inputs")
        }
        for (waiting, output) in zip(timely, outputs) {
          waiting.continuation.resume(returning: output)
        }
      } catch {
        for waiting in timely { waiting.continuation.resume(throwing: error) }
      }
    }
  }

  private func next() -> [Waiting]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isWorking = false
        return nil
      }
      let count = min(batchSize, state.waiting.count)
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting.prefix(count))
    }
  }
}
