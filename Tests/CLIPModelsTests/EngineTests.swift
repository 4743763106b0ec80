import CLIPImages
import CLIPModels
import Foundation
import Synchronization
import Testing
import Threads

@Suite("Batches and caches")
struct EngineTests {
  private static func queue(
    capacity: Int = 100, batchSize: Int = 8, gathering: Duration = .milliseconds(20),
    patience: Duration = .seconds(10), work: @escaping @Sendable ([Int]) async throws -> [Int]
  ) -> BatchQueue<Int, Int> {
    BatchQueue(
      capacity: capacity, batchSize: batchSize, gatheringTime: gathering, patience: patience,
      threads: DedicatedThreads(serial: "test"), work: work)
  }

  @Test("requests that come together are worked on together, and each gets its own answer")
  func gathering() async throws {
    let sizes = Mutex<[Int]>([])
    let queue = Self.queue { batch in
      sizes.withLock { $0.append(batch.count) }
      return batch.map { $0 * 10 }
    }
    try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      for item in 0..<20 { group.addTask { (item, try await queue.submit([item])[0]) } }
      for try await (item, output) in group { #expect(output == item * 10) }
    }
    #expect(sizes.withLock { $0.reduce(0, +) } == 20)
    #expect(sizes.withLock { $0.allSatisfy { $0 <= 8 } })
    #expect(sizes.withLock(\.count) < 10, "gathered, not one by one")
    #expect(try await queue.submit([3, 1, 2]) == [30, 10, 20])
    #expect(try await queue.submit([]) == [])
  }

  @Test("a full queue says so instead of growing")
  func full() async throws {
    let queue = Self.queue(capacity: 4, batchSize: 1, gathering: .zero) { batch in
      try await Task.sleep(for: .milliseconds(50))
      return batch
    }
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for item in 0..<30 {
        group.addTask {
          do { return try await queue.submit([item]) == [item] } catch {
            #expect(error as? ModelError == .busy(retryAfter: 1))
            return false
          }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(outcomes.contains(true))
    #expect(outcomes.contains(false))
    #expect(try await queue.submit([7]) == [7], "and recovers")
  }

  @Test("an error reaches everyone of its batch and nobody else")
  func failure() async throws {
    struct Broken: Error {}
    let queue = Self.queue(batchSize: 1, gathering: .zero) { batch in
      if batch.contains(13) { throw Broken() }
      return batch
    }
    await #expect(throws: Broken.self) { try await queue.submit([13]) }
    #expect(try await queue.submit([1]) == [1])
    let short = Self.queue { _ in [] }
    await #expect(throws: ModelError.self) { try await short.submit([1]) }
  }

  @Test("who has waited too long is sent away, not worked on")
  func patience() async throws {
    let worked = Mutex<[Int]>([])
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let queue = Self.queue(batchSize: 1, gathering: .zero, patience: .seconds(1)) { batch in
      worked.withLock { $0 += batch }
      if batch == [1] { for await _ in gate { break } }
      return batch
    }
    async let first = queue.submit([1])
    while worked.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(1)) }
    let second = Task { try await queue.submit([2]) }
    while queue.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    try await Task.sleep(for: .milliseconds(1_100))
    open.finish()
    #expect(try await first == [1])
    await #expect(throws: ModelError.busy(retryAfter: 2)) { try await second.value }
    #expect(worked.withLock(\.self) == [1])
  }

  @Test("the cache forgets what was not asked for the longest")
  func leastRecentlyUsed() {
    var cache = LeastRecentlyUsedCache<String, Int>(byteLimit: 2)
    cache.insert(1, for: "a", bytes: 1)
    cache.insert(2, for: "b", bytes: 1)
    #expect(cache.value(for: "a") == 1)
    cache.insert(3, for: "c", bytes: 1)
    #expect(cache.value(for: "b") == nil)
    #expect(cache.value(for: "a") == 1)
    cache.insert(4, for: "a", bytes: 1)
    cache.insert(5, for: "d", bytes: 1)
    #expect(cache.value(for: "a") == 4)
    #expect(cache.value(for: "c") == nil)
    #expect(cache.count == 2)
    var none = LeastRecentlyUsedCache<String, Int>(byteLimit: 0)
    none.insert(1, for: "a", bytes: 1)
    #expect(none.value(for: "a") == nil)
  }

  @Test("a cache of random use agrees with a plain list")
  func cacheProperty() {
    var cache = LeastRecentlyUsedCache<Int, Int>(byteLimit: 5)
    var model: [(key: Int, value: Int)] = []
    var random = SystemRandomNumberGenerator()
    for step in 0..<5_000 {
      let key = Int.random(in: 0..<9, using: &random)
      let place = model.firstIndex { $0.key == key }
      if Bool.random(using: &random) {
        cache.insert(step, for: key, bytes: 1)
        if let place { model.remove(at: place) } else if model.count == 5 { model.removeFirst() }
        model.append((key, step))
      } else {
        #expect(cache.value(for: key) == place.map { model[$0].value })
        if let place { model.append(model.remove(at: place)) }
      }
    }
  }

  @Test("the cache is bounded by bytes, not by entries")
  func cacheBytes() {
    var cache = LeastRecentlyUsedCache<Int, String>(byteLimit: 100)
    var random = SystemRandomNumberGenerator()
    for step in 0..<2_000 {
      let bytes = Int.random(in: 1...60, using: &random)
      cache.insert("\(step)", for: Int.random(in: 0..<20, using: &random), bytes: bytes)
      #expect(cache.bytes <= 100)
    }
    let count = cache.count
    cache.insert("large", for: -1, bytes: 101)
    #expect(cache.value(for: -1) == nil)
    #expect(cache.count == count, "and costs no others their places")
    cache.insert("all", for: -2, bytes: 100)
    #expect(cache.count == 1)
    #expect(cache.value(for: -2) == "all")
  }

  @Test("blocked dedicated threads do not hold up the cooperative pool", .timeLimit(.minutes(1)))
  func blocked() async throws {
    let count = 2 * ProcessInfo.processInfo.activeProcessorCount
    let threads = DedicatedThreads(label: "blocked", count: count)
    let gate = DispatchSemaphore(value: 0)
    let blocked = (0..<count).map { _ in
      Task { try await threads.run { _ = gate.wait(timeout: .now() + 20) } }
    }
    let start = ContinuousClock.now
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 * count { group.addTask { await Task.yield() } }
    }
    #expect(ContinuousClock.now - start < .seconds(15))
    for _ in blocked { gate.signal() }
    for task in blocked { try await task.value }
  }

  private static func threadName() -> String? { Thread.current.name }

  @Test("work of a task that has chosen its threads stays on them")
  func staysOnThreads() async throws {
    let threads = DedicatedThreads(serial: "chosen")
    let chosen = try await withTaskExecutorPreference(threads) {
      try await offloaded { Self.threadName() }
    }
    #expect(chosen == "chosen")
    let other = try await offloaded { Self.threadName() }
    #expect(other != "chosen")
  }

  @Test("few decode at once, some wait for a while, the rest are sent away at once")
  func decoding() async throws {
    let queue = BoundedThreads(label: "test", count: 2, capacity: 3, patience: .seconds(3))
    let gate = DispatchSemaphore(value: 0)
    let working = Counts()
    let first = (0..<2).map { _ in
      Task {
        try await queue.run {
          working.state.withLock { $0.now += 1 }
          _ = gate.wait(timeout: .now() + 20)
        }
      }
    }
    while working.state.withLock(\.now) < 2 { try await Task.sleep(for: .milliseconds(1)) }
    let patient = (0..<3).map { _ in Task { try await queue.run {} } }
    while queue.waitingCount < 3 { try await Task.sleep(for: .milliseconds(1)) }
    await #expect(throws: ModelError.busy(retryAfter: 2)) { try await queue.run {} }
    for task in patient {
      await #expect(throws: ModelError.busy(retryAfter: 5)) { try await task.value }
    }
    #expect(queue.waitingCount == 0)
    for _ in first { gate.signal() }
    for task in first { try await task.value }
    #expect(try await queue.run { 7 } == 7, "and recovers")
  }

  @Test("a queue of decodes does its work in full")
  func decodingAll() async throws {
    let queue = BoundedThreads(label: "test", count: 3, capacity: 1_000, patience: .seconds(3_600))
    let counts = Counts()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<900 { group.addTask { try await queue.run { counts.visit() } } }
      try await group.waitForAll()
    }
    #expect(counts.state.withLock(\.done) == 900)
    #expect((1...3).contains(counts.state.withLock(\.most)))
  }

  @Test("who is cancelled while waiting is let go at once and not worked on")
  func cancelledWaiting() async throws {
    let worked = Mutex<[Int]>([])
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let queue = Self.queue(batchSize: 1, gathering: .zero) { batch in
      worked.withLock { $0 += batch }
      if batch == [1] { for await _ in gate { break } }
      return batch
    }
    async let first = queue.submit([1])
    while worked.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(1)) }
    let second = Task { try await queue.submit([2]) }
    while queue.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(queue.waitingCount == 0)
    open.finish()
    #expect(try await first == [1])
    #expect(try await queue.submit([3]) == [3], "and the others go on")
    #expect(worked.withLock(\.self) == [1, 3])
  }

  @Test("a task that is cancelled already is not worked for")
  func cancelledBefore() async throws {
    let queue = Self.queue { batch in
      Issue.record("worked on \(batch)")
      return batch
    }
    let decoding = BoundedThreads(label: "test", count: 1, capacity: 3, patience: .seconds(60))
    let gate = DispatchSemaphore(value: 0)
    let first = Task { try await decoding.run { _ = gate.wait(timeout: .now() + 20) } }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      await #expect(throws: CancellationError.self) { try await queue.submit([1]) }
    }
    await task.value
    let waiting = Task { try await decoding.run { Issue.record("decoded") } }
    while decoding.waitingCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    gate.signal()
    try await first.value
    #expect(try await decoding.run { 7 } == 7)
  }

  @Test("dedicated threads are never more than their number, and all work is done")
  func threads() async throws {
    let threads = DedicatedThreads(label: "test", count: 3)
    let counts = Counts()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3_000 {
        group.addTask { try await threads.run { counts.visit() } }
      }
      try await group.waitForAll()
    }
    #expect(counts.state.withLock(\.done) == 3_000)
    #expect((1...3).contains(counts.state.withLock(\.most)))
  }

  /// How many are at work at one moment.
  private final class Counts: Sendable {
    struct State {
      var now = 0
      var most = 0
      var done = 0
    }

    let state = Mutex(State())

    func visit() {
      state.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      usleep(20)
      state.withLock {
        $0.now -= 1
        $0.done += 1
      }
    }
  }
}
