import Dispatch
import Synchronization

/// Runs tasks on threads of their own, away from Swift's cooperative pool.
///
/// The pool has one thread a core and expects that nothing blocks it. A forward pass or the
/// decoding of a photograph takes milliseconds; on the pool it would hold up every other request.
package final class DedicatedThreads: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var next = 0
    var running = 0
  }

  private let queue: DispatchQueue
  private let limit: Int
  private let state = Mutex(State())

  /// One thread at a time, in order.
  package convenience init(serial label: String) {
    self.init(label: label, count: 1)
  }

  /// At most `count` threads at a time.
  package init(label: String, count: Int) {
    queue = DispatchQueue(label: label, attributes: .concurrent)
    limit = max(1, count)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let needsThread = state.withLock { state in
      state.jobs.append(job)
      guard state.running < limit else { return false }
      state.running += 1
      return true
    }
    if needsThread { queue.async { self.work() } }
  }

  /// Runs jobs until there are none.
  private func work() {
    while let job = takeNext() { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func takeNext() -> UnownedJob? {
    state.withLock { state in
      guard state.next < state.jobs.count else {
        state.jobs.removeAll(keepingCapacity: true)
        state.next = 0
        state.running -= 1
        return nil
      }
      defer { state.next += 1 }
      // Under steady load the list is never empty, so what is done is dropped now and then.
      if state.next >= 1_024 {
        state.jobs.removeFirst(state.next)
        state.next = 0
      }
      return state.jobs[state.next]
    }
  }

  /// Runs synchronous work on one of the threads.
  package func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await Task(executorPreference: self) { try work() }.value
  }
}
