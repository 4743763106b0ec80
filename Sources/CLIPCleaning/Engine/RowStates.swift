/// Which rows are still there: one byte a row, all that is always in memory of them.
struct RowStates: Sendable {
  /// The number of the step that left a row out; 0 for one that stays.
  private(set) var parts: [[UInt8]]

  init(counts: [Int]) {
    parts = counts.map { [UInt8](repeating: 0, count: $0) }
  }

  /// All rows.
  var total: Int { parts.reduce(0) { $0 + $1.count } }

  /// Places of the rows of a part that stay, ascending.
  func alive(_ part: Int) -> [Int] { parts[part].indices.filter { parts[part][$0] == 0 } }

  /// How many rows stay.
  var aliveCount: Int { parts.reduce(0) { $0 + $1.count { $0 == 0 } } }

  /// Leaves a row out.
  mutating func drop(_ row: DroppedRow) throws {
    guard parts.indices.contains(row.place.part),
      parts[row.place.part].indices.contains(row.place.index), row.step > 0, row.step < 256
    else {
      throw CleaningError.invalid("A state of this cleaning names a row that is not there.")
    }
    parts[row.place.part][row.place.index] = UInt8(row.step)
  }
}
