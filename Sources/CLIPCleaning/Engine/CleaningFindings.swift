/// What the steps found, gathered while they work.
struct CleaningFindings: Sendable {
  /// Rows that each step left out, by its number.
  private(set) var dropped: [Int: Int] = [:]
  /// Texts that each step changed.
  private(set) var changed: [Int: Int] = [:]
  /// Some of the rows left out, by the step's number.
  private(set) var examples: [Int: Examples<DroppedRow>] = [:]
  /// Some of the changed texts.
  private(set) var changes: [Int: Examples<ChangedText>] = [:]
  let exampleCount: Int

  init(exampleCount: Int) {
    self.exampleCount = exampleCount
  }

  mutating func add(_ row: DroppedRow) {
    dropped[row.step, default: 0] += 1
    examples[row.step, default: Examples(limit: exampleCount)].offer(row.name, row)
  }

  mutating func addChanges(of pass: PassFile) {
    for (step, count) in pass.changed { changed[Int(step) ?? 0, default: 0] += count }
    for change in pass.changes {
      changes[change.step, default: Examples(limit: exampleCount)].offer(change.name, change)
    }
  }
}
