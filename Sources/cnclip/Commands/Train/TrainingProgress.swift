import Foundation

/// Log lines and, on a terminal, a bar below them.
final class TrainingProgress {
  private let isQuiet: Bool
  private var bar: (activity: String, progress: Progress)?

  /// - Parameter quiet: shows warnings and errors alone.
  init(quiet: Bool) {
    isQuiet = quiet
  }

  /// Shows a log line.
  func line(_ line: String) {
    guard !isQuiet || !line.contains("| INFO |") else { return }
    if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    StandardError.line(line)
  }

  /// Shows how far an activity is.
  func show(_ activity: String, done: Int, total: Int) {
    guard !isQuiet, StandardError.isTerminal else { return }
    if bar?.activity != activity {
      bar?.progress.finish()
      bar = (activity, Progress(activity, total: total, unit: "steps"))
    }
    bar?.progress.set(done: done, total: total)
  }

  /// Removes the bar.
  func finish() {
    bar?.progress.finish()
    bar = nil
  }
}
