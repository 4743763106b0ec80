import Dispatch
import Foundation
import Synchronization

/// Works on items in parallel and hands the results out in the items' order, never further ahead
/// of the consumer than a window, so that memory stays bounded however many items there are.
///
/// The work is done on threads of its own, so it may block. A pipeline that nobody asks any more
/// fills its window and rests.
package final class OrderedPipeline<Output: Sendable>: Sendable {
  private struct State {
    /// Items that are, or have been, worked on.
    var taken = 0
    /// Items whose results have been handed out.
    var consumed = 0
    /// Workers that are running.
    var workers = 0
    var results: [Int: Output] = [:]
    var isCancelled = false
    /// Wake those who wait for a result.
    var waiting: [@Sendable () -> Void] = []
  }

  /// What there is for who asks.
  private enum Step {
    case result(Output)
    case end
    case wait
  }

  private let count: Int
  private let window: Int
  private let limit: Int
  private let threads: DedicatedThreads
  private let work: @Sendable (Int) async -> Output
  private let state = Mutex(State())

  /// Starts working at once.
  ///
  /// - Parameters:
  ///   - count: how many items there are.
  ///   - window: how many results may wait.
  ///   - threads: how many items are worked on at a time.
  ///   - work: makes the result of an item; called on the pipeline's threads, in no exact order.
  package init(
    count: Int, window: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    work: @escaping @Sendable (Int) async -> Output
  ) {
    self.count = count
    self.window = max(1, window)
    limit = max(1, threads)
    self.threads = DedicatedThreads(label: "cnclip.pipeline", count: limit)
    self.work = work
    for _ in 0..<min(limit, count, self.window) { startWorker() }
  }

  /// The result of the next item, or nil after the last or once cancelled; blocks the thread until it
  /// is there.
  package func next() -> Output? {
    while true {
      let arrival = DispatchSemaphore(value: 0)
      switch take(orWait: { arrival.signal() }) {
      case .result(let output): return output
      case .end: return nil
      case .wait: arrival.wait()
      }
    }
  }

  /// The result of the next item, or nil after the last or once cancelled; cancelling the task that
  /// waits cancels the pipeline.
  package func next() async -> Output? {
    await withTaskCancellationHandler {
      while true {
        let step = await withCheckedContinuation { continuation in
          let step = take(orWait: { continuation.resume(returning: Step.wait) })
          if case .wait = step { return }
          continuation.resume(returning: step)
        }
        switch step {
        case .result(let output): return output
        case .end: return nil
        case .wait: continue
        }
      }
    } onCancel: {
      cancel()
    }
  }

  /// The results of the next items, at most `count`; fewer only at the end or once cancelled.
  package func next(_ count: Int) async -> [Output] {
    var outputs: [Output] = []
    while outputs.count < count, let output = await next() { outputs.append(output) }
    return outputs
  }

  /// Lets the workers stop after what they are at, and whoever waits go on with nothing.
  package func cancel() {
    let waiting = state.withLock { state in
      state.isCancelled = true
      state.results = [:]
      defer { state.waiting = [] }
      return state.waiting
    }
    for wake in waiting { wake() }
  }

  /// Takes the next result if it is there; else `wake` is called as soon as there is news.
  private func take(orWait wake: @escaping @Sendable () -> Void) -> Step {
    let (step, starts) = state.withLock { state -> (Step, Bool) in
      guard state.consumed < count, !state.isCancelled else { return (.end, false) }
      guard let output = state.results.removeValue(forKey: state.consumed) else {
        state.waiting.append(wake)
        return (.wait, false)
      }
      state.consumed += 1
      // The window has moved: there may be work for one more.
      return (.result(output), state.workers < limit && hasWork(state))
    }
    if starts { startWorker() }
    return step
  }

  private func hasWork(_ state: State) -> Bool {
    !state.isCancelled && state.taken < min(count, state.consumed + window)
  }

  private func startWorker() {
    state.withLock { $0.workers += 1 }
    Task(executorPreference: threads) { [self] in
      while let item = takeItem() { deliver(await work(item), of: item) }
    }
  }

  /// The next item to work on; where there is none, the worker ends.
  private func takeItem() -> Int? {
    state.withLock { state in
      guard hasWork(state) else {
        state.workers -= 1
        return nil
      }
      defer { state.taken += 1 }
      return state.taken
    }
  }

  private func deliver(_ output: Output, of item: Int) {
    let waiting = state.withLock { state in
      guard !state.isCancelled else { return [@Sendable () -> Void]() }
      state.results[item] = output
      defer { state.waiting = [] }
      return state.waiting
    }
    for wake in waiting { wake() }
  }
}
