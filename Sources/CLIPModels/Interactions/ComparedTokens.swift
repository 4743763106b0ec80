import Torch

/// The tokens of one side that stand for a place or a word.
struct ComparedTokens {
  /// `[samples, tokens, dimension]`.
  let tokens: Tensor
  /// Bool `[samples, tokens]`, false at padding; nil: there is none.
  let valid: Tensor?
  /// How many tokens before these stand for the whole.
  let special: Int

  var count: Int { tokens.shape[0] }

  init(tokens: Tensor, valid: Tensor?, special: Int = 0) {
    self.tokens = tokens
    self.valid = valid
    self.special = special
  }

  init(_ features: Features) throws(TorchError) {
    guard let tokens = features.tokens else {
      throw TorchError("features without tokens cannot be compared token by token")
    }
    special = features.special
    let range = special..<tokens.shape[1]
    self.tokens = special == 0 ? tokens : try tokens.sliced(range, axis: 1)
    valid =
      special == 0
      ? features.valid
      : try features.valid.map { valid throws(TorchError) in
        try valid.sliced(range, axis: 1)
      }
  }

  func sliced(_ rows: Range<Int>) throws(TorchError) -> ComparedTokens {
    ComparedTokens(
      tokens: try tokens.sliced(rows),
      valid: try valid.map { valid throws(TorchError) in try valid.sliced(rows) })
  }
}

/// How a matrix of pairs is cut so that the similarities of a tile's tokens are few enough.
struct TokenTiles {
  /// Similarities of a tile, 32 MB of `float32`; a backward pass holds about six such tensors.
  static let limit = 1 << 23

  let rows: [Range<Int>]
  let columns: [Range<Int>]

  init(_ asking: ComparedTokens, _ answers: ComparedTokens) {
    self.init(
      rows: asking.count, columns: answers.count,
      pairSize: asking.tokens.shape[1] * answers.tokens.shape[1])
  }

  init(rows: Int, columns: Int, pairSize: Int) {
    let pairs = max(1, Self.limit / max(1, pairSize))
    // Tiles as square as they can be read the fewest tokens.
    let side = max(1, Int(Double(pairs).squareRoot()))
    let height = max(1, min(rows, max(side, pairs / max(1, columns))))
    let width = max(1, min(columns, pairs / height))
    func cut(_ count: Int, _ size: Int) -> [Range<Int>] {
      stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
    self.rows = cut(rows, height)
    self.columns = cut(columns, width)
  }

  var areMany: Bool { rows.count * columns.count > 1 }
}
