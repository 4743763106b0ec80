import Foundation
public import Torch

/// Every word looks at the places of a picture that belong to it, and what it sees there is compared
/// with the word.
///
/// Places share themselves out among a text's words; a word's attention is a softmax of its shares
/// over all places; the score is a log-sum-exp of the cosines between words and what they attend to.
/// Tokens keep their length here, since the shares are a softmax of dot products. The score of a
/// picture and a text is the same in both directions. Only a part of the attentions is in memory at a
/// time, forwards and back.
///
/// Source: Huang et al., *GLoRIA: A Multimodal Global-Local Representation Learning Framework*, 2021,
/// equations 2 to 6. The published code adds `[CLS]` to the words in training and leaves it out in
/// use; here it never is one.
public struct WordAttention: Interaction {
  /// How the words of a text become one score.
  public enum Aggregation: String, Codable, Hashable, Sendable, CaseIterable {
    /// log Σ exp, as in training: a longer text can score more.
    case sum
    /// The same of the mean.
    case mean
    /// The best word, as the published code's zero-shot classification has it.
    case maximum
  }

  /// What a place's share is multiplied by before the softmax over places: τ₁.
  public var attentionSharpness: Double
  /// What cosines are multiplied by before they are added up: τ₂.
  public var wordSharpness: Double
  /// How the words become one score.
  public var aggregation: Aggregation
  /// How much the words' score counts.
  public var localWeight: Double
  /// How much the cosine of the two embeddings counts beside it.
  public var globalWeight: Double

  /// Tokens are compared.
  public var needsTokens: Bool { true }
  /// Dot products count.
  public var normalizesTokens: Bool { false }
  /// Both directions are one matrix.
  public var isSymmetric: Bool { true }

  /// The paper's, of the words alone, unless something else is named.
  public init(
    attentionSharpness: Double = 4, wordSharpness: Double = 5, aggregation: Aggregation = .sum,
    localWeight: Double = 1, globalWeight: Double = 0
  ) {
    self.attentionSharpness = attentionSharpness
    self.wordSharpness = wordSharpness
    self.aggregation = aggregation
    self.localWeight = localWeight
    self.globalWeight = globalWeight
  }

  /// What keeps it from comparing; nil if nothing does.
  var problem: String? {
    let numbers = [attentionSharpness, wordSharpness]
    guard numbers.allSatisfy({ $0 > 0 && $0 <= 1e4 }) else {
      return "word_attention needs sharpnesses above 0, and 10000 at most"
    }
    let weights = [localWeight, globalWeight]
    return weights.allSatisfy { $0 >= 0 && $0.isFinite } && localWeight > 0
      ? nil : "word_attention needs a local_weight above 0 and a global_weight of 0 or more"
  }

  /// `[images, texts]`.
  public func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor {
    let words = try local(ComparedTokens(images), ComparedTokens(texts)) * localWeight
    guard globalWeight > 0 else { return words }
    return try words + GlobalInteraction().imageToText(images, texts) * globalWeight
  }

  /// The same scores, `[texts, images]`.
  public func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor {
    try imageToText(images, texts).transposed()
  }

  /// How much each word of a text attends to each place, `[words, places]`; rows sum to one.
  public func alignment(image: Features, text: Features) throws(TorchError) -> Tensor? {
    let (places, words) = (try ComparedTokens(image), try ComparedTokens(text))
    return try attention(similarities(places, words), words).selected(0).selected(0, axis: 1)
      .transposed()
  }

  /// `[images, texts]`, tile by tile.
  private func local(
    _ places: ComparedTokens, _ words: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let (place, word) = (places.tokens.shape, words.tokens.shape)
    // A pair has its similarities, its attention, and what each word attends to.
    let tiles = TokenTiles(
      rows: places.count, columns: words.count, pairSize: word[1] * (2 * place[1] + place[2]))
    var rows: [Tensor] = []
    for row in tiles.rows {
      let some = try places.sliced(row)
      var parts: [Tensor] = []
      for column in tiles.columns {
        let given = try words.sliced(column)
        parts.append(try tiles.areMany ? recomputing(some, given) : tile(some, given))
      }
      rows.append(parts.count == 1 ? parts[0] : try .concatenated(parts, axis: 1))
    }
    return rows.count == 1 ? rows[0] : try .concatenated(rows)
  }

  private func recomputing(
    _ places: ComparedTokens, _ words: ComparedTokens
  ) throws(TorchError) -> Tensor {
    try recomputedTile(places, words) { places, words throws(TorchError) in
      try tile(places, words)
    }
  }

  private func tile(
    _ places: ComparedTokens, _ words: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let similarities = try similarities(places, words)
    let attention = try attention(similarities, words)  // [images, places, texts, words]
    let shape = attention.shape
    // c·t needs no c: it is the attention's mean of v·t.
    let products = try (attention * similarities).sum(axis: 1)  // [images, texts, words]
    let lengths = try attention.reshaped(shape[0], shape[1], -1).transposed(1, 2)
      .matmul(places.tokens).norm(axis: 2).reshaped(shape[0], shape[2], shape[3])
    let wordLengths = try words.tokens.norm(axis: 2).unsqueezed(0)
    let cosines = try products / (lengths * wordLengths).clamped(1e-8...Double.infinity)
    return try aggregated(cosines * wordSharpness, valid: words.valid)
  }

  /// `[images, texts]` of the words' scaled cosines.
  private func aggregated(_ scores: Tensor, valid: Tensor?) throws(TorchError) -> Tensor {
    let padding = try valid.map { valid throws(TorchError) in try valid.inverted().unsqueezed(0) }
    let masked =
      try padding.map { padding throws(TorchError) in
        try scores.filled(-1e4, where: padding)
      } ?? scores
    // No word can score less; a text without words gets this.
    let range = -wordSharpness...Double.infinity
    switch aggregation {
    case .maximum: return try masked.max(axis: 2).clamped(range)
    case .sum: return try masked.logSumExp(axis: 2).clamped(range)
    case .mean:
      let whole = try masked.logSumExp(axis: 2)
      guard let valid else { return try whole - Foundation.log(Double(scores.shape[2])) }
      let counts = try valid.to(.float32).sum(axis: 1).clamped(1...Double.infinity).log()
      return try (whole - counts.unsqueezed(0)).clamped(range)
    }
  }

  /// Dot products of all places with all words, `[images, places, texts, words]`.
  private func similarities(
    _ places: ComparedTokens, _ words: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let (place, word) = (places.tokens.shape, words.tokens.shape)
    return try places.tokens.reshaped(-1, place[2])
      .matmul(words.tokens.reshaped(-1, word[2]).transposed())
      .reshaped(place[0], place[1], word[0], word[1])
  }

  /// How words attend to places, of the shape of the similarities; it sums to one over the places.
  private func attention(
    _ similarities: Tensor, _ words: ComparedTokens
  ) throws(TorchError) -> Tensor {
    let shared =
      try words.valid.map { valid throws(TorchError) in
        try similarities.filled(-1e30, where: valid.inverted().unsqueezed(0).unsqueezed(0))
      } ?? similarities
    return try (shared.softmax(axis: 3) * attentionSharpness).softmax(axis: 1)
  }
}

extension WordAttention: Codable {
  private enum CodingKeys: String, CodingKey {
    case attentionSharpness, wordSharpness, aggregation, localWeight, globalWeight
  }

  /// Reads `{"attention_sharpness": 4, "word_sharpness": 5, "aggregation": "sum"}` and the weights,
  /// any of it left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let usual = WordAttention()
    self.init(
      attentionSharpness: try container.decodeIfPresent(forKey: .attentionSharpness)
        ?? usual.attentionSharpness,
      wordSharpness: try container.decodeIfPresent(forKey: .wordSharpness) ?? usual.wordSharpness,
      aggregation: try container.decodeIfPresent(forKey: .aggregation) ?? usual.aggregation,
      localWeight: try container.decodeIfPresent(forKey: .localWeight) ?? usual.localWeight,
      globalWeight: try container.decodeIfPresent(forKey: .globalWeight) ?? usual.globalWeight)
  }
}
