/// How often a request that failed by accident is repeated.
public struct RetryPolicy: Hashable, Sendable {
  /// Attempts without progress, the first included; an attempt that brings at least a mebibyte
  /// starts the count again.
  public var attempts: Int
  /// Seconds before the second attempt; each further wait is twice as long.
  public var firstDelay: Double
  /// Seconds that a wait has at most, also where the server asks for more.
  public var longestDelay: Double

  /// A policy.
  public init(attempts: Int = 5, firstDelay: Double = 0.5, longestDelay: Double = 30) {
    self.attempts = attempts
    self.firstDelay = firstDelay
    self.longestDelay = longestDelay
  }

  private static let notableProgress: Int64 = 1 << 20

  /// Repeats `body` while it throws errors that may pass; `position` tells the bytes that are there.
  func run<Value>(
    _ cancellation: Cancellation, position: @autoclosure () -> Int64 = 0, _ body: () throws -> Value
  ) throws -> Value {
    var failures = 0
    while true {
      let before = position()
      do {
        return try body()
      } catch let error as HubError where error.isTransient {
        failures = position() - before >= Self.notableProgress ? 1 : failures + 1
        guard failures < attempts else { throw error }
        try cancellation.sleep(seconds: delay(afterFailures: failures, error: error))
      }
    }
  }

  private func delay(afterFailures failures: Int, error: HubError) -> Double {
    var wished = firstDelay
    for _ in 1..<failures where wished < longestDelay { wished *= 2 }
    if case .serverFailed(_, _, let retryAfter?) = error { wished = max(wished, retryAfter) }
    return min(wished, longestDelay)
  }
}
