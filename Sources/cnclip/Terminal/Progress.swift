import Files
import Foundation
import Synchronization

/// Shows how far a long piece of work is, its rate and the time left.
///
/// A bar on a terminal, a line every ten seconds elsewhere, nothing when quiet, and nothing at all
/// for work of under two seconds.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var total: Int?
    var note = ""
    var lastShown: ContinuousClock.Instant
    var isVisible = false
  }

  private let title: String
  private let unit: String
  private let isQuiet: Bool
  private let isTerminal = StandardError.isTerminal
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// - Parameters:
  ///   - title: what is being done, as in `embedding`.
  ///   - total: how many units there are, if known.
  ///   - unit: what is counted, as in `pictures`.
  ///   - quiet: shows nothing.
  init(_ title: String, total: Int?, unit: String, quiet: Bool = false) {
    self.title = title.showingControls
    self.unit = unit
    isQuiet = quiet
    state = Mutex(State(total: total, lastShown: start))
  }

  /// Says that some units more are done.
  func advance(by count: Int = 1) {
    update { $0.done += count }
  }

  /// Says how many units are done and, if it has become known, how many there are; `note` follows the
  /// line.
  func set(done: Int, total: Int? = nil, note: String? = nil) {
    update {
      $0.done = done
      $0.total = total ?? $0.total
      $0.note = note ?? $0.note
    }
  }

  /// Removes the bar; on a terminal a line about the whole stays.
  func finish() {
    guard !isQuiet else { return }
    state.withLock { state in
      guard state.isVisible else { return }
      let seconds = Self.seconds(start.duration(to: .now))
      let summary =
        "\(title): \(state.done) \(unit) in \(Self.clock(seconds)), \(Self.rate(state.done, seconds, unit))"
      StandardError.write(isTerminal ? "\r\u{1B}[K\(summary)\n" : "\(summary)\n")
      state.isVisible = false
    }
  }

  private func update(_ change: (inout State) -> Void) {
    guard !isQuiet else { return }
    state.withLock { state in
      change(&state)
      let now = ContinuousClock.now
      let elapsed = start.duration(to: now)
      guard
        elapsed > .seconds(2),
        state.lastShown.duration(to: now) > (isTerminal ? .milliseconds(100) : .seconds(10))
      else { return }
      state.lastShown = now
      state.isVisible = true
      let note = state.note.isEmpty ? "" : "; \(state.note.showingControls)"
      let line = describe(state, seconds: Self.seconds(elapsed)) + note
      StandardError.write(isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n")
    }
  }

  private func describe(_ state: State, seconds: Double) -> String {
    let rate = Self.rate(state.done, seconds, unit)
    guard let total = state.total, total > 0 else {
      return "\(title) \(state.done) \(unit), \(rate)"
    }
    let share = min(1, Double(state.done) / Double(total))
    let left = state.done > 0 ? seconds / share - seconds : nil
    let remaining = left.map { ", \(Self.clock($0)) left" } ?? ""
    guard isTerminal else {
      return "\(title) \(state.done)/\(total) \(unit), \(rate)\(remaining)"
    }
    let width = 24
    let filled = Int(share * Double(width))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(title) \(bar) \(state.done)/\(total) \(unit), \(rate)\(remaining)"
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func rate(_ count: Int, _ seconds: Double, _ unit: String) -> String {
    let value = seconds > 0 ? Double(count) / seconds : 0
    let digits = value >= 100 ? 0 : 1
    return String(format: "%.\(digits)f", value) + " \(unit)/s"
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 3600
      ? String(format: "%d:%02d", whole / 60, whole % 60)
      : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
