import Foundation

/// What durations are taken with.
package enum Stopwatch: String, CaseIterable, Codable, Sendable {
  /// Time as people see it.
  case wall
  /// Time that the processors spent on this process: on a busy machine, and with one thread, the
  /// figure that other programs disturb least.
  case processor

  /// Seconds since some moment.
  package var now: Double {
    var time = timespec()
    clock_gettime(self == .wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
