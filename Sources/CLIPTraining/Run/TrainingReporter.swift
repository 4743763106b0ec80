/// Where a run tells how it goes.
public struct TrainingReporter {
  /// Gets every log line.
  public var line: (String) -> Void
  /// Gets what is being done, how much of it is done, and how much there is.
  public var progress: (_ activity: String, _ done: Int, _ total: Int) -> Void

  /// Tells nobody unless closures are given.
  public init(
    line: @escaping (String) -> Void = { _ in },
    progress: @escaping (_ activity: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  ) {
    self.line = line
    self.progress = progress
  }
}
