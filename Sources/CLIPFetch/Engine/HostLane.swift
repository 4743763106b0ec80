import Foundation
import Web

/// What one origin (scheme, host and port) is asked for: so many rows at a time, after its name and
/// its robots.txt are known.
final class HostLane {
  enum Stage {
    /// Its name is being looked up.
    case resolving
    /// Its robots.txt is being fetched.
    case askingRobots
    case ready
  }

  let origin: String
  let host: String
  var stage = Stage.resolving
  var addresses: [String] = []
  var rules = RobotsRules.open
  /// Transfers that are open, that of robots.txt included.
  var active = 0
  var pausedUntil: ContinuousClock.Instant?
  /// Whether it stands in the line of lanes that can begin a transfer.
  var isInLine = false
  private var rows: [RowTask] = []
  private var first = 0

  init(_ address: WebAddress) {
    origin = address.origin
    host = address.host
  }

  var waiting: Int { rows.count - first }

  func append(_ task: RowTask) { rows.append(task) }

  func takeFirst() -> RowTask? {
    guard first < rows.count else { return nil }
    defer {
      first += 1
      if first > 256, first * 2 > rows.count {
        rows.removeFirst(first)
        first = 0
      }
    }
    return rows[first]
  }

  /// All rows that wait.
  func takeAll() -> [RowTask] {
    defer { (rows, first) = ([], 0) }
    return Array(rows[first...])
  }

  /// The address for an attempt; each takes the next that the name has.
  func address(attempt: Int) -> String { addresses[attempt % addresses.count] }
}
