import Synchronization
import Threads

/// Lets a few tasks at a time do what takes as long as a stranger pleases (decoding a picture,
/// fetching one), on threads that do nothing else.
///
/// So it neither holds up other work nor grows: the others wait in order, only so many and only so
/// long.
package final class BoundedThreads: Sendable {
  private struct Waiting {
    var number: Int
    var continuation: CheckedContinuation<Void, any Error>
    var timer: Task<Void, Never>
  }

  private struct State {
    var working = 0
    var waiting: [Waiting] = []
    var next = 0
  }

  private let state = Mutex(State())
  private let limit: Int
  private let capacity: Int
  private let patience: Duration
  private let threads: DedicatedThreads

  /// - Parameters:
  ///   - label: What the threads are called.
  ///   - count: How many work at one moment.
  ///   - capacity: How many may wait.
  ///   - patience: How long each waits before it is sent away.
  package init(label: String, count: Int, capacity: Int, patience: Duration) {
    limit = max(1, count)
    self.capacity = capacity
    self.patience = patience
    threads = DedicatedThreads(label: label, count: limit)
  }

  /// Tasks that wait.
  package var waitingCount: Int { state.withLock(\.waiting.count) }

  /// Runs work on the threads when it is its turn.
  ///
  /// - Throws: ``ModelError/busy(retryAfter:)`` when too many wait, or for too long;
  ///   `CancellationError` when the task is cancelled while it waits; what `work` throws.
  package func run<Value: Sendable>(
    _ work: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await enter()
    defer { leave() }
    return try await withTaskExecutorPreference(threads) { try await work() }
  }

  private func enter() async throws {
    let hasRoom = state.withLock { state in
      guard state.working < limit else { return false }
      state.working += 1
      return true
    }
    if hasRoom { return }
    let number = state.withLock { state in
      defer { state.next += 1 }
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { line(up: $0, as: number) }
    } onCancel: {
      sendAway(number, with: CancellationError())
    }
  }

  private func line(up continuation: CheckedContinuation<Void, any Error>, as number: Int) {
    let outcome: Result<Void, any Error>? = state.withLock { state in
      // A task that is cancelled after this finds itself among those who wait.
      guard !Task.isCancelled else { return .failure(CancellationError()) }
      // Someone may have left since.
      if state.working < limit {
        state.working += 1
        return .success(())
      }
      guard state.waiting.count < capacity else {
        return .failure(ModelError.busy(retryAfter: 2))
      }
      let timer = Task {
        do { try await Task.sleep(for: patience) } catch { return }
        sendAway(number, with: ModelError.busy(retryAfter: 5))
      }
      state.waiting.append(Waiting(number: number, continuation: continuation, timer: timer))
      return nil
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  private func leave() {
    let next: Waiting? = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.working -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.timer.cancel()
    next?.continuation.resume()
  }

  private func sendAway(_ number: Int, with reason: any Error) {
    let leaving: Waiting? = state.withLock { state in
      let place = state.waiting.firstIndex { $0.number == number }
      return place.map { state.waiting.remove(at: $0) }
    }
    leaving?.timer.cancel()
    leaving?.continuation.resume(throwing: reason)
  }
}
