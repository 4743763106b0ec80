import Foundation

/// Makes the elements of a sequence ahead of their use, on several threads, and hands them out in order.
///
/// At most `capacity` elements are under way or waiting; the order, and so everything a training run sees,
/// does not depend on the number of threads.
public final class OrderedPrefetch<Element: Sendable>: Sendable {
  private let shared: Shared

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - count: number of elements; `Int.max` for a sequence without end.
  ///   - threads: number of threads, at least 1.
  ///   - capacity: most elements made ahead, at least 1.
  ///   - make: makes one element; runs on several threads at once.
  public init(
    count: Int, threads: Int, capacity: Int, make: @escaping @Sendable (Int) throws -> Element
  ) {
    shared = Shared(count: count, capacity: max(1, capacity), make: make)
    for number in 0..<max(1, min(threads, capacity, count)) {
      let thread = Thread { [shared] in shared.work() }
      thread.name = "prefetch \(number)"
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  deinit { shared.stop() }

  /// The next element in order, or nil after the last one. Blocks until it is made.
  ///
  /// - Throws: what making this element threw; the elements after it can still be taken.
  public func next() throws -> Element? { try shared.next() }

  /// Time that ``next()`` has spent waiting so far, in seconds.
  public var waitedSeconds: Double { shared.waitedSeconds }

  /// What the threads and the consumer share. The threads hold this, not the owner, so that letting go of
  /// the owner ends them.
  private final class Shared: Sendable {
    private let condition = NSCondition()
    private let count: Int
    private let capacity: Int
    private let make: @Sendable (Int) throws -> Element
    // Everything below is guarded by the condition's lock.
    nonisolated(unsafe) private var taken = 0
    nonisolated(unsafe) private var delivered = 0
    nonisolated(unsafe) private var finished: [Int: Result<Element, any Error>] = [:]
    nonisolated(unsafe) private var isStopped = false
    nonisolated(unsafe) private var waited = 0.0

    init(count: Int, capacity: Int, make: @escaping @Sendable (Int) throws -> Element) {
      self.count = count
      self.capacity = capacity
      self.make = make
    }

    var waitedSeconds: Double { condition.withLock { waited } }

    func stop() {
      condition.withLock {
        isStopped = true
        finished.removeAll()
        condition.broadcast()
      }
    }

    func work() {
      while let index = take() {
        let result = Result { try make(index) }
        condition.withLock {
          if !isStopped { finished[index] = result }
          if index == delivered { condition.broadcast() }
        }
      }
    }

    private func take() -> Int? {
      condition.withLock {
        while !isStopped, taken < count, taken - delivered >= capacity { condition.wait() }
        guard !isStopped, taken < count else { return nil }
        taken += 1
        return taken - 1
      }
    }

    func next() throws -> Element? {
      let result: Result<Element, any Error>? = condition.withLock {
        guard delivered < count, !isStopped else { return nil }
        if finished[delivered] == nil {
          let start = ContinuousClock.now
          while finished[delivered] == nil { condition.wait() }
          waited += (ContinuousClock.now - start) / .seconds(1)
        }
        let result = finished.removeValue(forKey: delivered)
        delivered += 1
        condition.broadcast()
        return result
      }
      return try result?.get()
    }
  }
}
