import Dispatch
import Foundation
import Synchronization

/// Runs a job for each of `0..<count` on all cores and gives the results in order.
///
/// The caller takes part, so it waits for nothing but jobs that are being worked on: however busy the
/// other threads are, this one goes on.
///
/// - Parameters:
///   - count: How many jobs.
///   - job: Independent of the others; must not block for long.
/// - Returns: The results in order.
package func inParallel<Result: Sendable>(
  _ count: Int, _ job: @escaping @Sendable (Int) -> Result
) -> [Result] {
  guard count > 1 else { return (0..<count).map(job) }
  let loop = ParallelLoop(count: count, job: job)
  for _ in 1..<min(count, max(2, ProcessInfo.processInfo.activeProcessorCount)) {
    Task(executorPreference: sharedThreads) { loop.run() }
  }
  loop.run()
  return loop.results()
}

/// Jobs of which every thread takes the next.
private final class ParallelLoop<Result: Sendable>: Sendable {
  private let count: Int
  private let job: @Sendable (Int) -> Result
  private let next = Atomic(0)
  private let finished = Atomic(0)
  private let end = DispatchSemaphore(value: 0)
  /// Every job writes its own slot only.
  nonisolated(unsafe) private let slots: UnsafeMutableBufferPointer<Result?>

  init(count: Int, job: @escaping @Sendable (Int) -> Result) {
    self.count = count
    self.job = job
    slots = .allocate(capacity: count)
    slots.initialize(repeating: nil)
  }

  deinit {
    slots.deinitialize()
    slots.deallocate()
  }

  /// Does jobs until none is left.
  func run() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      slots[index] = job(index)
      let done = finished.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
      if done == count { end.signal() }
    }
  }

  /// Waits for the last job.
  func results() -> [Result] {
    end.wait()
    return slots.compactMap { $0 }
  }
}
