/// The ids of several texts, one after the other without padding.
public struct TokenizedTexts: Sendable, Equatable {
  /// The ids of all texts, with those that mark beginnings and ends: `[CLS]` and `[SEP]` of BERT.
  public let ids: [Int32]
  /// Where each text begins in `ids`, and at last `ids.count`: one more entry than texts.
  public let offsets: [Int]
  /// How many texts had more pieces than the context takes and lost their ends.
  public let truncatedCount: Int
  /// What ``padded(to:)`` fills up with.
  public let paddingID: Int32
  /// What every text ends with, also one that is cut; nil: texts just end.
  public let endID: Int32?
  /// Whether ``padded(to:)`` fills up before a text instead of behind it.
  public let padsBefore: Bool

  init(
    ids: [Int32], offsets: [Int], truncatedCount: Int, paddingID: Int32, endID: Int32?,
    padsBefore: Bool = false
  ) {
    self.ids = ids
    self.offsets = offsets
    self.truncatedCount = truncatedCount
    self.paddingID = paddingID
    self.endID = endID
    self.padsBefore = padsBefore
  }

  /// The texts of several, one after another; all come from one tokenizer.
  package static func joined(_ parts: [TokenizedTexts]) -> TokenizedTexts {
    var offsets = [0]
    for part in parts {
      let start = offsets[offsets.count - 1]
      offsets += part.offsets.dropFirst().map { start + $0 }
    }
    return TokenizedTexts(
      ids: parts.flatMap(\.ids), offsets: offsets,
      truncatedCount: parts.reduce(0) { $0 + $1.truncatedCount },
      paddingID: parts.first?.paddingID ?? 0, endID: parts.first?.endID,
      padsBefore: parts.first?.padsBefore ?? false)
  }

  /// The number of texts.
  public var count: Int { offsets.count - 1 }

  /// The ids of one text, without padding.
  ///
  /// - Parameter index: From 0 to `count - 1`.
  public subscript(index: Int) -> ArraySlice<Int32> {
    ids[offsets[index]..<offsets[index + 1]]
  }

  /// How many ids one text has, those of beginning and end included.
  ///
  /// - Parameter index: From 0 to `count - 1`.
  /// - Returns: At most the context length.
  public func length(of index: Int) -> Int {
    offsets[index + 1] - offsets[index]
  }

  /// The largest number of ids of a text; 0 if there is no text.
  public var maximumLength: Int {
    (0..<count).lazy.map(length(of:)).max() ?? 0
  }

  /// Where a text's ids stand in its row of a padded matrix.
  ///
  /// The last column is that of the end's mark, which encoders of OpenAI's kind pool.
  ///
  /// - Parameters:
  ///   - index: From 0 to `count - 1`.
  ///   - length: The matrix's columns.
  /// - Returns: Columns; the others are padding.
  public func columns(of index: Int, in length: Int) -> Range<Int> {
    let count = min(self.length(of: index), length)
    return padsBefore ? length - count..<length : 0..<count
  }

  /// All texts as the rows of a matrix, filled up with ``paddingID``.
  ///
  /// - Parameter length: The number of columns, at least 2. A longer text keeps its beginning and
  ///   its end's mark, as if it had been tokenized with this context length.
  /// - Returns: `[count, length]`, row-major.
  public func padded(to length: Int) -> [Int32] {
    padded(rows: 0..<count, to: length)
  }

  /// Some of the texts, in any order, as the rows of a matrix, filled up with ``paddingID``.
  ///
  /// - Parameters:
  ///   - rows: Which texts, each from 0 to `count - 1`.
  ///   - length: As in ``padded(to:)``.
  /// - Returns: `[rows.count, length]`, row-major.
  public func padded(rows: some Collection<Int>, to length: Int) -> [Int32] {
    precondition(length >= 2, "a text has at least its beginning's and its end's mark")
    var matrix: [Int32] = []
    matrix.reserveCapacity(rows.count * length)
    for row in rows {
      let text = self[row]
      if text.count <= length {
        let padding = repeatElement(paddingID, count: length - text.count)
        if padsBefore { matrix.append(contentsOf: padding) }
        matrix.append(contentsOf: text)
        if !padsBefore { matrix.append(contentsOf: padding) }
      } else {
        matrix.append(contentsOf: text.prefix(endID == nil ? length : length - 1))
        if let endID { matrix.append(endID) }
      }
    }
    return matrix
  }
}
