import Foundation
import Synchronization
import Testing
import Threads

@Suite("OrderedPipeline")
struct OrderedPipelineTests {
  /// Holds work up until it is opened.
  private final class Gate: Sendable {
    private let condition = DispatchSemaphore(value: 0)
    func wait() {
      condition.wait()
      condition.signal()
    }
    func open() { condition.signal() }
  }

  @Test("results come in order, never further ahead than the window")
  func order() async {
    let consumed = Atomic(0)
    let ahead = Mutex(0)
    let pipeline = OrderedPipeline(count: 500, window: 7, threads: 4) { item in
      let distance = item - consumed.load(ordering: .relaxed)
      ahead.withLock { $0 = max($0, distance) }
      if item.isMultiple(of: 13) { usleep(2000) }
      return item
    }
    for expected in 0..<500 {
      #expect(await pipeline.next() == expected)
      consumed.store(expected + 1, ordering: .relaxed)
    }
    #expect(await pipeline.next() == nil)
    // The count of results is raised a moment after the pipeline has moved on.
    #expect(ahead.withLock { $0 } <= 8)
  }

  @Test("a thread that waits for a result goes on when the pipeline is cancelled")
  func cancelledWhileBlocked() {
    let gate = Gate()
    let pipeline = OrderedPipeline<Int>(count: 2, window: 2) { item in
      gate.wait()
      return item
    }
    let ended = DispatchSemaphore(value: 0)
    let thread = Thread {
      if pipeline.next() == nil { ended.signal() }
    }
    thread.start()
    usleep(50_000)
    pipeline.cancel()
    #expect(ended.wait(timeout: .now() + 10) == .success)
    gate.open()
  }

  @Test("a task that is cancelled while it waits goes on, and the pipeline with it")
  func cancelledTask() async {
    let gate = Gate()
    let pipeline = OrderedPipeline<Int>(count: 2, window: 2) { item in
      gate.wait()
      return item
    }
    let task = Task { await pipeline.next() }
    try? await Task.sleep(for: .milliseconds(50))
    task.cancel()
    #expect(await task.value == nil)
    gate.open()
    #expect(await pipeline.next() == nil)
  }

  @Test("at the same time as results are taken, cancelling loses nobody who waits")
  func races() async {
    for round in 0..<200 {
      let pipeline = OrderedPipeline(count: 50, window: 3, threads: 2) { $0 }
      let consumer = Task {
        var taken = 0
        while await pipeline.next() != nil { taken += 1 }
        return taken
      }
      if round % 2 == 0 { await Task.yield() }
      pipeline.cancel()
      #expect(await consumer.value <= 50)
    }
  }

  @Test("work may wait for other tasks, and for a pipeline of its own")
  func nested() async {
    let pipeline = OrderedPipeline(count: 20, window: 4, threads: 2) { item in
      let inner = OrderedPipeline(count: 3, window: 2, threads: 2) { $0 + item }
      var sum = 0
      while let value = await inner.next() { sum += value }
      return sum
    }
    #expect(await pipeline.next(20) == (0..<20).map { 3 * $0 + 3 })
  }
}

@Suite("Loops on all cores")
struct ParallelLoopTests {
  @Test("every job is done once, and the results are in order")
  func results() {
    for count in [0, 1, 2, 3, 1000] {
      #expect(inParallel(count) { $0 * $0 } == (0..<count).map { $0 * $0 })
    }
  }

  @Test("loops inside of loops come to their end, however many there are")
  func nested() {
    let sums = inParallel(64) { outer in inParallel(16) { outer + $0 }.reduce(0, +) }
    #expect(sums == (0..<64).map { 16 * $0 + 120 })
  }

  @Test("loops on the threads that all blocking work shares come to their end")
  func onSharedThreads() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<32 {
        group.addTask { try await offloaded { inParallel(100) { $0 }.reduce(0, +) } }
      }
      for try await sum in group { #expect(sum == 4950) }
    }
  }
}
