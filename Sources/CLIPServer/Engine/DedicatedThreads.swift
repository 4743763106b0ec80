import Dispatch

/// Runs tasks on threads of their own, away from Swift's cooperative pool.
///
/// The pool has one thread a core and expects that nothing blocks it. A forward pass or the
/// decoding of a photograph takes milliseconds; on the pool it would hold up every other request.
package final class DedicatedThreads: TaskExecutor {
  private let queue: DispatchQueue
  private let limit: DispatchSemaphore?

  /// One thread at a time, in order.
  package init(serial label: String) {
    queue = DispatchQueue(label: label)
    limit = nil
  }

  /// At most `count` threads at a time.
  package init(label: String, count: Int) {
    queue = DispatchQueue(label: label, attributes: .concurrent)
    limit = DispatchSemaphore(value: max(1, count))
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { [self] in
      limit?.wait()
      defer { limit?.signal() }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Runs synchronous work on one of the threads.
  package func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { [limit] in
        limit?.wait()
        defer { limit?.signal() }
        continuation.resume(with: Result { try work() })
      }
    }
  }
}
