public import Torch

/// Every token's best answer on the other side, averaged over the tokens that ask.
///
/// A picture's places and a text's words compare: tokens that stand for a whole picture are left
/// out, and padding neither asks nor answers. The two directions differ, and neither is the other's
/// transpose. Only a part of the similarities is in memory at a time, forwards and back.
///
/// Source: Yao et al., *FILIP: Fine-grained Interactive Language-Image Pre-Training*, 2021,
/// equations 1 to 3.
public struct TokenwiseInteraction: Interaction {
  /// The share of each sample's tokens that training compares.
  ///
  /// They are those with the best answers among the worker's own samples. 1: all; FILIP keeps 0.25.
  /// Evaluation and use compare all.
  public var keep: Double
  /// Whether padding answers with a similarity of 0 instead of not at all, as the code of Wukong has
  /// it: a picture's place then never scores below 0.
  public var zeroesPadding: Bool
  /// The type that similarities are computed in, `float32`, `float16` or `bfloat16`.
  public var precision: DType

  /// Tokens are compared.
  public var needsTokens: Bool { true }

  /// The paper's comparison of all tokens, unless something else is named.
  public init(keep: Double = 1, zeroesPadding: Bool = false, precision: DType = .float32) {
    self.keep = keep
    self.zeroesPadding = zeroesPadding
    self.precision = precision
  }

  /// What keeps it from comparing; nil if nothing does.
  var problem: String? {
    guard keep > 0, keep <= 1 else { return "tokenwise needs a keep above 0 and up to 1" }
    return [.float32, .float16, .bfloat16].contains(precision)
      ? nil : "tokenwise has the precision float32, float16 or bfloat16"
  }

  /// The mean over a picture's places of the best word.
  public func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor {
    try score(ComparedTokens(images), ComparedTokens(texts))
  }

  /// The mean over a text's words of the best place.
  public func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor {
    try score(ComparedTokens(texts), ComparedTokens(images))
  }

  /// The tokens with the best answers among the other side's samples; nil if all are kept.
  public func selection(
    images: Features, texts: Features
  ) throws(TorchError) -> (images: TokenSelection, texts: TokenSelection)? {
    guard keep < 1 else { return nil }
    return try withoutGradients { () throws(TorchError) in
      let (images, texts) = (try ComparedTokens(images), try ComparedTokens(texts))
      return (
        try TokenSelection(of: images, keep: keep, by: bestAnswers(images, texts)),
        try TokenSelection(of: texts, keep: keep, by: bestAnswers(texts, images))
      )
    }
  }

  /// The cosines of each word with each place, `[words, places]`; of a picture's reduced tokens they
  /// go to the places by how much of each is in a token.
  public func alignment(image: Features, text: Features) throws(TorchError) -> Tensor? {
    let (places, words) = (try ComparedTokens(image), try ComparedTokens(text))
    let cosines = try words.tokens.selected(0).matmul(places.tokens.selected(0).transposed())
    guard let maps = image.maps else { return cosines }
    return try cosines.matmul(maps.selected(0).to(cosines.dtype))
  }

  /// Each token's best answer in any sample, `[samples, tokens]`.
  private func bestAnswers(
    _ asking: ComparedTokens, _ answers: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let tiles = TokenTiles(asking, answers)
    var rows: [Tensor] = []
    for row in tiles.rows {
      var best: Tensor?
      for column in tiles.columns {
        let found = try similarities(asking.sliced(row), answers.sliced(column))
          .max(axis: 3).max(axis: 2).to(.float32)
        best = try best.map { best throws(TorchError) in try best.maximum(found) } ?? found
      }
      if let best { rows.append(best) }
    }
    return try .concatenated(rows)
  }

  /// `[asking, answers]`, tile by tile.
  private func score(
    _ asking: ComparedTokens, _ answers: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let tiles = TokenTiles(asking, answers)
    var rows: [Tensor] = []
    for row in tiles.rows {
      let asks = try asking.sliced(row)
      var parts: [Tensor] = []
      for column in tiles.columns {
        let given = try answers.sliced(column)
        parts.append(try tiles.areMany ? recomputing(asks, given) : tile(asks, given))
      }
      rows.append(parts.count == 1 ? parts[0] : try .concatenated(parts, axis: 1))
    }
    return rows.count == 1 ? rows[0] : try .concatenated(rows)
  }

  /// A tile whose similarities are computed again in the backward pass instead of kept.
  private func recomputing(
    _ asking: ComparedTokens, _ answers: ComparedTokens
  ) throws(TorchError) -> Tensor {
    try recomputedTile(asking, answers) { asking, answers throws(TorchError) in
      try tile(asking, answers)
    }
  }

  private func tile(
    _ asking: ComparedTokens, _ answers: ComparedTokens
  ) throws(TorchError) -> Tensor {
    // [asking, tokens, answers]
    let best = try similarities(asking, answers).max(axis: 3).to(.float32)
    guard let valid = asking.valid else { return try best.mean(axis: 1) }
    let weights = try valid.to(.float32)
    let counts = try weights.sum(axis: 1, keepsAxis: true).clamped(1...Double.infinity)
    return try (best * weights.unsqueezed(2)).sum(axis: 1) / counts
  }

  /// `[asking, tokens, answers, tokens]`, with what padding answers in its places.
  private func similarities(
    _ asking: ComparedTokens, _ answers: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let (first, second) = (asking.tokens.shape, answers.tokens.shape)
    let products = try asking.tokens.to(precision).reshaped(-1, first[2])
      .matmul(answers.tokens.to(precision).reshaped(-1, second[2]).transposed())
      .reshaped(first[0], first[1], second[0], second[1])
    guard let valid = answers.valid else { return products }
    let padding = try valid.inverted().unsqueezed(0).unsqueezed(0)
    // Below every cosine, and finite: a score of -∞ would make a loss that is not a number.
    return try products.filled(zeroesPadding ? 0 : -2, where: padding)
  }
}

extension TokenwiseInteraction: Codable {
  private enum CodingKeys: String, CodingKey {
    case keep, zeroesPadding, precision
  }

  /// Reads `{"keep": 0.25, "zeroes_padding": false, "precision": "float16"}`, any of it left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      keep: try container.decodeIfPresent(forKey: .keep) ?? 1,
      zeroesPadding: try container.decodeIfPresent(forKey: .zeroesPadding) ?? false,
      precision: try container.decodeIfPresent(forKey: .precision) ?? .float32)
  }
}
