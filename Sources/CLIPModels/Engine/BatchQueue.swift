import Synchronization
package import Threads

/// Gathers the items of many callers into batches for one worker.
///
/// A batch starts as soon as the worker is free. When it was idle, it first waits for
/// `gatheringTime`, so that requests that come together are worked on together; while it is busy
/// the next batch gathers by itself. The queue is bounded: ``submit(_:)`` throws
/// ``ModelError/busy(retryAfter:)`` when there is no room, and items that have waited longer than
/// `patience` are answered in the same way instead of being worked on for nobody, as are those
/// whose task is cancelled while they wait.
package final class BatchQueue<Item: Sendable, Output: Sendable>: Sendable {
  /// Works on a batch; returns one output for each item, in order.
  package typealias Work = @Sendable ([Item]) async throws -> [Output]

  private struct Waiting {
    var number: Int
    var item: Item
    var since: ContinuousClock.Instant
    var continuation: CheckedContinuation<Output, any Error>
  }

  private struct State {
    var waiting: [Waiting] = []
    var isWorking = false
    var nextNumber = 0
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
  /// - Throws: ``ModelError/busy(retryAfter:)`` when there is no room for all of them,
  ///   `CancellationError` when the task is cancelled before its items are worked on, or what the
  ///   worker throws for the batch that an item was in.
  package func submit(_ items: [Item]) async throws -> [Output] {
    guard !items.isEmpty else { return [] }
    guard waitingCount + items.count <= capacity else {
      throw ModelError.busy(retryAfter: 1)
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
    let number = state.withLock { state in
      defer { state.nextNumber += 1 }
      return state.nextNumber
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { join(item, number, $0) }
    } onCancel: {
      withdraw(number)
    }
  }

  private func join(
    _ item: Item, _ number: Int, _ continuation: CheckedContinuation<Output, any Error>
  ) {
    let (refusal, starts): ((any Error)?, Bool) = state.withLock { state in
      // A task that is cancelled after this finds its item among the others.
      guard !Task.isCancelled else { return (CancellationError(), false) }
      guard state.waiting.count < capacity else { return (ModelError.busy(retryAfter: 1), false) }
      state.waiting.append(
        Waiting(number: number, item: item, since: .now, continuation: continuation))
      defer { state.isWorking = true }
      return (nil, !state.isWorking)
    }
    if let refusal { continuation.resume(throwing: refusal) }
    if starts { Task(executorPreference: threads) { await self.drain() } }
  }

  /// Takes an item back that nobody waits for any more, unless it is being worked on.
  private func withdraw(_ number: Int) {
    let withdrawn: Waiting? = state.withLock { state in
      let place = state.waiting.firstIndex { $0.number == number }
      return place.map { state.waiting.remove(at: $0) }
    }
    withdrawn?.continuation.resume(throwing: CancellationError())
  }

  /// Works until nothing waits.
  private func drain() async {
    if gatheringTime > .zero { try? await Task.sleep(for: gatheringTime) }
    while let batch = next() {
      let deadline = ContinuousClock.now - patience
      let late = batch.filter { $0.since < deadline }
      for waiting in late { waiting.continuation.resume(throwing: ModelError.busy(retryAfter: 2)) }
      let timely = batch.filter { $0.since >= deadline }
      guard !timely.isEmpty else { continue }
      do {
        let outputs = try await work(timely.map(\.item))
        guard outputs.count == timely.count else {
          throw ModelError.failed("it returned \(outputs.count) results for \(timely.count) inputs")
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
