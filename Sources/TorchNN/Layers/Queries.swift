public import Torch

/// Which tokens of a sequence an answer is wanted for: the last block of a network computes no others.
public enum Queries: Sendable {
  case all
  /// The first token of each sequence.
  case first
  /// One token of each sequence: `[batch]`, `int64`, counted from 0.
  case rows(Tensor)

  /// The asked tokens.
  ///
  /// - Parameter x: `[batch, tokens, width]`.
  /// - Returns: `[batch, asked, width]`.
  /// - Throws: `TorchError` when a row is not a token.
  public func select(_ x: Tensor) throws(TorchError) -> Tensor {
    switch self {
    case .all: return x
    case .first: return try x.sliced(0..<1, axis: 1)
    case .rows(let rows):
      return try x.gathered(
        rows.reshaped(-1, 1, 1).expanded(x.shape[0], 1, x.shape[2]), axis: 1)
    }
  }

  /// The asked tokens' rows of an attention mask, `[batch or 1, heads or 1, queries or 1, keys]`.
  func select(mask: Tensor?) throws(TorchError) -> Tensor? {
    guard let mask, mask.shape[2] > 1 else { return mask }
    switch self {
    case .all: return mask
    case .first: return try mask.sliced(0..<1, axis: 2)
    case .rows(let rows):
      let shape = [rows.shape[0], mask.shape[1], mask.shape[2], mask.shape[3]]
      let index = try rows.reshaped(-1, 1, 1, 1).expanded(shape[0], shape[1], 1, shape[3])
      return try mask.expanded(shape).gathered(index, axis: 2)
    }
  }
}
