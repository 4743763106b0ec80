import CLIPText

extension TokenizedTexts {
  /// Rows of one length, which need no padding when they go through a network together.
  struct EqualLengthBatch {
    let length: Int
    let rows: [Int]
  }

  /// All rows, grouped by length, shortest first.
  ///
  /// - Parameter tokens: about how many ids a batch may have, at least one row's.
  /// - Returns: batches that hold every row once.
  func batchesOfEqualLength(atMost tokens: Int) -> [EqualLengthBatch] {
    var batches: [EqualLengthBatch] = []
    let groups = Dictionary(grouping: 0..<count) { self[$0].count }
    for (length, rows) in groups.sorted(by: { $0.key < $1.key }) {
      let size = max(1, tokens / max(1, length))
      for start in stride(from: 0, to: rows.count, by: size) {
        batches.append(
          EqualLengthBatch(
            length: length, rows: Array(rows[start..<min(start + size, rows.count)])))
      }
    }
    return batches
  }
}
