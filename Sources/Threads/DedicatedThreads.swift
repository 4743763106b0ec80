import Dispatch
import Foundation
import Synchronization

/// Runs tasks on threads of their own, away from Swift's cooperative pool.
///
/// The pool has one thread a core and expects that nothing blocks it. A forward pass or the
/// decoding of a photograph takes milliseconds; on the pool it would hold up every other request.
/// These are threads of the system, not of libdispatch: the pool takes its own from there, so what
/// blocks libdispatch's threads blocks the pool too.
package final class DedicatedThreads: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var next = 0
    var running = 0
    /// Threads that wait for a job and have not been promised one.
    var idle = 0
  }

  /// A thread that has had nothing to do for so long ends.
  private static let linger = DispatchTimeInterval.seconds(5)

  private let label: String
  private let limit: Int
  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)

  /// One thread, so that one job is done after the other.
  package convenience init(serial label: String) {
    self.init(label: label, count: 1)
  }

  /// At most `count` threads at a time, started when they are needed.
  package init(label: String, count: Int) {
    self.label = label
    limit = max(1, count)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let (wakes, starts) = state.withLock { state in
      state.jobs.append(job)
      if state.idle > 0 {
        state.idle -= 1
        return (true, false)
      }
      guard state.running < limit else { return (false, false) }
      state.running += 1
      return (false, true)
    }
    if wakes { wake.signal() }
    if starts {
      let thread = Thread {
        // For debuggers only, and on Linux only the thread itself can.
        Thread.current.name = self.label
        self.work()
      }
      // What JSON and picture libraries expect; the default of some systems is 512 KB.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  private func work() {
    repeat {
      while let job = takeNext() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    } while waitForJob()
  }

  /// The next job; where there is none, the thread counts as idle.
  private func takeNext() -> UnownedJob? {
    state.withLock { state in
      guard state.next < state.jobs.count else {
        state.jobs.removeAll(keepingCapacity: true)
        state.next = 0
        state.idle += 1
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

  /// - Returns: Whether there may be a job; if not, the thread ends.
  private func waitForJob() -> Bool {
    if wake.wait(timeout: .now() + Self.linger) == .success { return true }
    let ends = state.withLock { state in
      guard state.idle > 0 else { return false }
      state.idle -= 1
      state.running -= 1
      return true
    }
    // Otherwise a job was promised to this thread just now, and the signal is on its way.
    if !ends { wake.wait() }
    return !ends
  }

  /// Runs synchronous work on one of the threads.
  package func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await Task(executorPreference: self) { try work() }.value
  }
}
