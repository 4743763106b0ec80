import Synchronization

/// Slows down who guesses tokens: after a few wrong ones an address must wait, each time twice as
/// long, up to a minute.
package final class FailedAttempts: Sendable {
  private struct Record {
    var count = 0
    var until = ContinuousClock.Instant.now
  }

  /// Wrong tokens that cost nothing: people mistype.
  private static let free = 5
  private static let longest = 60
  /// Addresses that are remembered; the oldest waits are forgotten when there are more.
  private static let capacity = 10_000

  private let records = Mutex<[String: Record]>([:])
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameter now: The time.
  package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.now = now
  }

  /// Seconds that an address must still wait; `nil` if it may try.
  package func wait(for address: String) -> Int? {
    let until = records.withLock { $0[Self.key(address)]?.until }
    guard let until, until > now() else { return nil }
    return Int((until - now()).components.seconds) + 1
  }

  /// Notes how an attempt went.
  package func note(_ address: String, succeeded: Bool) {
    let key = Self.key(address)
    let time = now()
    records.withLock { records in
      guard !succeeded else {
        records[key] = nil
        return
      }
      if records.count >= Self.capacity { Self.forget(&records) }
      var record = records[key] ?? Record()
      record.count += 1
      let exponent = min(record.count - Self.free, 6)
      record.until =
        exponent < 0 ? time : time + .seconds(min(Self.longest, 1 << exponent))
      records[key] = record
    }
  }

  private static func forget(_ records: inout [String: Record]) {
    let kept = records.sorted { $0.value.until > $1.value.until }.prefix(capacity / 2)
    records = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
  }

  /// A customer has a whole /64 of IPv6 addresses, so its four groups count as one.
  private static func key(_ address: String) -> String {
    guard address.contains(":") else { return address }
    let groups = address.split(separator: ":", omittingEmptySubsequences: false)
    return groups.prefix(4).prefix { !$0.isEmpty }.joined(separator: ":")
  }
}
