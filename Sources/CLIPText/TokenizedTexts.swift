/// The ids of several texts, one after the other without padding.
public struct TokenizedTexts: Sendable, Equatable {
  /// The ids of all texts; each text begins with `[CLS]` and ends with `[SEP]`.
  public let ids: [Int32]
  /// Where each text begins in `ids`, and at last `ids.count`: one more entry than texts.
  public let offsets: [Int]
  /// How many texts had more pieces than the context takes and lost their ends.
  public let truncatedCount: Int
  /// What ``padded(to:)`` fills up with: the id of `[PAD]`.
  public let paddingID: Int32

  init(ids: [Int32], offsets: [Int], truncatedCount: Int, paddingID: Int32) {
    self.ids = ids
    self.offsets = offsets
    self.truncatedCount = truncatedCount
    self.paddingID = paddingID
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
      paddingID: parts.first?.paddingID ?? 0)
  }

  /// The number of texts.
  public var count: Int { offsets.count - 1 }

  /// The ids of one text, `[CLS]` and `[SEP]` included.
  ///
  /// - Parameter index: From 0 to `count - 1`.
  public subscript(index: Int) -> ArraySlice<Int32> {
    ids[offsets[index]..<offsets[index + 1]]
  }

  /// How many ids one text has, `[CLS]` and `[SEP]` included.
  ///
  /// - Parameter index: From 0 to `count - 1`.
  /// - Returns: From 2 to the context length.
  public func length(of index: Int) -> Int {
    offsets[index + 1] - offsets[index]
  }

  /// The largest number of ids of a text; 0 if there is no text.
  public var maximumLength: Int {
    (0..<count).lazy.map(length(of:)).max() ?? 0
  }

  /// All texts as the rows of a matrix, filled up with `[PAD]`.
  ///
  /// - Parameter length: The number of columns, at least 2. A longer text keeps its beginning and
  ///   its `[SEP]`, as if it had been tokenized with this context length.
  /// - Returns: `[count, length]`, row-major.
  public func padded(to length: Int) -> [Int32] {
    padded(rows: 0..<count, to: length)
  }

  /// Some of the texts, in any order, as the rows of a matrix, filled up with `[PAD]`.
  ///
  /// - Parameters:
  ///   - rows: Which texts, each from 0 to `count - 1`.
  ///   - length: As in ``padded(to:)``.
  /// - Returns: `[rows.count, length]`, row-major.
  public func padded(rows: some Collection<Int>, to length: Int) -> [Int32] {
    precondition(length >= 2, "a text has at least [CLS] and [SEP]")
    var matrix: [Int32] = []
    matrix.reserveCapacity(rows.count * length)
    for row in rows {
      let text = self[row]
      if text.count <= length {
        matrix.append(contentsOf: text)
        matrix.append(contentsOf: repeatElement(paddingID, count: length - text.count))
      } else {
        matrix.append(contentsOf: text.prefix(length - 1))
        matrix.append(contentsOf: text.suffix(1))
      }
    }
    return matrix
  }
}
