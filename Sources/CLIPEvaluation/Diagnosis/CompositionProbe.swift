import CLIPModels

/// Whether a model knows which colour belongs to what, how many there are, which side is which, and who
/// does it to whom.
public struct CompositionProbe: Sendable, Codable {
  /// What one kind of swap showed.
  public struct Entry: Sendable, Codable {
    /// `color`, `number`, `side` or `voice`.
    public let kind: String
    /// Pictures or sentences.
    public let count: Int
    /// Share of them for which the right one is nearer than the swapped one; 0.5 is chance.
    public let right: Double
    /// The mean cosine of the two captions: near 1, the model hardly tells them apart.
    public let captionCosine: Double
  }

  /// One entry a kind.
  public let entries: [Entry]

  /// Asks about a set.
  ///
  /// 把 and 被 are asked of texts alone: the sentence that means the same in other words must be nearer
  /// than the one that means the opposite in the same words.
  ///
  /// - Throws: what the model throws.
  init(_ set: CompositionSet, _ model: CLIP) throws {
    var entries: [Entry] = []
    for kind in CompositionSet.Kind.allCases {
      let items = set.items.filter { $0.kind == kind }
      let side = model.encoder.imageEncoder.imageSize
      let pictures = try model.embed(images: items.map { try $0.picture(side: side) })
      let captions = try model.embed(texts: items.map(\.caption))
      let swapped = try model.embed(texts: items.map(\.swapped))
      let right = items.indices.count {
        NegationProbe.cosine(pictures[$0], captions[$0])
          > NegationProbe.cosine(pictures[$0], swapped[$0])
      }
      entries.append(
        Entry(
          kind: kind.rawValue, count: items.count, right: Double(right) / Double(items.count),
          captionCosine: Self.meanCosine(captions, swapped)))
    }
    let sentences = try model.embed(texts: set.sentences.map(\.sentence))
    let same = try model.embed(texts: set.sentences.map(\.same))
    let opposite = try model.embed(texts: set.sentences.map(\.opposite))
    let right = set.sentences.indices.count {
      NegationProbe.cosine(sentences[$0], same[$0])
        > NegationProbe.cosine(sentences[$0], opposite[$0])
    }
    entries.append(
      Entry(
        kind: "voice", count: set.sentences.count,
        right: Double(right) / Double(set.sentences.count),
        captionCosine: Self.meanCosine(sentences, opposite)))
    self.entries = entries
  }

  private static func meanCosine(_ a: Embeddings, _ b: Embeddings) -> Double {
    Spread((0..<a.count).map { Double(NegationProbe.cosine(a[$0], b[$0])) }).mean
  }
}
