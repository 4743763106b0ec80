/// Texts that are being tokenized into one array, each between the ids that mark its ends.
struct TokenBatch {
  private(set) var ids: [Int32] = []
  private var offsets = [0]
  private var truncatedCount = 0
  private let marks: TextMarks
  /// How many ids a text may have besides its marks.
  private let limit: Int

  init(_ marks: TextMarks, contextLength: Int, expectedTexts: Int) {
    self.marks = marks
    limit = contextLength - marks.before.count - marks.behind.count
    offsets.reserveCapacity(expectedTexts + 1)
  }

  /// Adds a text.
  ///
  /// - Parameter append: Appends its ids, and may stop after more than the limit that it is given.
  mutating func add(_ append: (inout [Int32], _ limit: Int) -> Void) {
    ids += marks.before
    let start = ids.count
    append(&ids, limit)
    if ids.count - start > limit {
      ids.removeLast(ids.count - start - limit)
      truncatedCount += 1
    }
    ids += marks.behind
    offsets.append(ids.count)
  }

  /// All texts.
  func finished(paddingID: Int32, padsBefore: Bool = false) -> TokenizedTexts {
    TokenizedTexts(
      ids: ids, offsets: offsets, truncatedCount: truncatedCount, paddingID: paddingID,
      endID: marks.behind.last, padsBefore: padsBefore)
  }
}
