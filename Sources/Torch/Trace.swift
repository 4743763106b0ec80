import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the time goes: named spans of every thread, kept while recording is on.
///
/// Off, a span costs the reading of one flag. On a CUDA device a span is the time to queue work,
/// not to do it.
public enum Trace {
  /// A piece of work that one thread did.
  public struct Span: Hashable, Sendable {
    /// What was done, as `linear`.
    public let name: String
    /// Seconds from the start of the recording.
    public let start: Double
    /// Seconds.
    public let duration: Double
    /// Threads, numbered as they appear.
    public let thread: Int
  }

  private struct Recording {
    var begin = ContinuousClock.now
    var spans: [Span] = []
    var threads: [UInt: Int] = [:]
    var dropped = 0
  }

  /// Spans that are kept; later ones are counted alone, so that a long run cannot fill the memory.
  static let limit = 1_000_000

  private static let isOn = Atomic(false)
  private static let recording = Mutex(Recording())

  /// Starts a recording and forgets the last one.
  public static func start() {
    recording.withLock { $0 = Recording() }
    isOn.store(true, ordering: .releasing)
  }

  /// Ends the recording.
  ///
  /// - Returns: its spans in the order in which they ended, and how many more there were.
  public static func stop() -> (spans: [Span], dropped: Int) {
    isOn.store(false, ordering: .releasing)
    return recording.withLock { recording in
      defer { recording = Recording() }
      return (recording.spans, recording.dropped)
    }
  }

  /// Runs a closure, and records how long it took if a recording is on.
  ///
  /// - Parameters:
  ///   - name: what the closure does; few different names make a readable trace.
  ///   - body: the work.
  /// - Returns: what the closure returns.
  /// - Throws: what the closure throws.
  public static func span<Result, Failure: Error>(
    _ name: StaticString, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isOn.load(ordering: .relaxed) else { return try body() }
    let start = ContinuousClock.now
    defer { add(name, from: start) }
    return try body()
  }

  private static func add(_ name: StaticString, from start: ContinuousClock.Instant) {
    let end = ContinuousClock.now
    let thread = UInt(bitPattern: pthread_self().hashValue)
    recording.withLock { recording in
      guard recording.spans.count < limit else {
        recording.dropped += 1
        return
      }
      let number = recording.threads[thread] ?? recording.threads.count
      recording.threads[thread] = number
      recording.spans.append(
        Span(
          name: name.description, start: seconds(start - recording.begin),
          duration: seconds(end - start), thread: number))
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    duration / .seconds(1)
  }
}
