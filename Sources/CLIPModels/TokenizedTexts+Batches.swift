package import CLIPText
package import Torch

extension TokenizedTexts {
  /// Which ids of a padded matrix are tokens, by the texts' lengths: some vocabularies pad with a
  /// piece that also occurs in texts.
  ///
  /// - Parameters:
  ///   - rows: which texts.
  ///   - length: the matrix's columns.
  /// - Returns: bool `[rows, length]`, true at tokens; nil where there is no padding.
  /// - Throws: `TorchError` when LibTorch cannot make it.
  package func mask(rows: some Collection<Int>, to length: Int) throws(TorchError) -> Tensor? {
    let columns = rows.map { self.columns(of: $0, in: length) }
    guard columns.contains(where: { $0.count < length }) else { return nil }
    return try Tensor(
      columns.flatMap { tokens in (0..<length).map(tokens.contains) }, shape: [rows.count, length])
  }

  /// Which word each id of a padded matrix belongs to.
  ///
  /// - Parameters:
  ///   - rows: which texts.
  ///   - length: the matrix's columns.
  ///   - tokenizer: that the ids are of.
  /// - Returns: `int64` `[rows, length]`, -1 at what is no word.
  /// - Throws: `TorchError` when LibTorch cannot make it.
  package func words(
    rows: some Collection<Int>, to length: Int, by tokenizer: any Tokenizer
  ) throws(TorchError) -> Tensor {
    let ids = padded(rows: rows, to: length)
    let numbers = (0..<rows.count).flatMap { index in
      tokenizer.words(of: ids[index * length..<(index + 1) * length]).map { Int64($0 ?? -1) }
    }
    return try Tensor(numbers, shape: [rows.count, length])
  }

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
