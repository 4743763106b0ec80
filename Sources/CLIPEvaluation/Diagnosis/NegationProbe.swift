import CLIPModels
import Foundation

/// Whether a model hears 没有, 不是 and 除了.
///
/// For a picture of an apple, `照片里有苹果` is true and `照片里没有苹果` is false: the false one must not be
/// nearer. And `照片里没有梨` is true: it should be nearer than `照片里没有苹果`, which a model that only
/// looks for the noun gets wrong.
///
/// Source of the idea: Alhamoud et al., *Vision-Language Models Do Not Understand Negation*, 2025; the
/// sentences are our own.
public struct NegationProbe: Sendable, Codable {
  /// One way to say it and to deny it.
  public struct Form: Sendable, Codable {
    /// The sentence that is true, `{}` for the label.
    public let affirmed: String
    /// The sentence that is false.
    public let negated: String
    /// Share of pictures for which the false sentence is at least as near as the true one.
    public let negatedWins: Double
    /// Share of pictures for which the negation of another label, which is true, is nearer than that of
    /// the picture's own, which is false; 0.5 is chance.
    public let trueNegationPreferred: Double
  }

  /// All forms.
  public let forms: [Form]
  /// The mean of ``Form/negatedWins``.
  public let negatedWins: Double
  /// The mean of ``Form/trueNegationPreferred``.
  public let trueNegationPreferred: Double

  /// Pairs of a true and a false sentence about a picture of the label.
  public static let sentences: [(affirmed: String, negated: String)] = [
    ("照片里有{}", "照片里没有{}"),
    ("一张有{}的照片", "一张没有{}的照片"),
    ("这是{}", "这不是{}"),
    ("图里的东西是{}", "图里的东西不是{}"),
    ("这里看得到{}", "这里看不到{}"),
    ("这里就有{}", "除了{}，这里什么都有"),
    ("图里正是{}", "除了{}，图里别的都有"),
  ]

  /// Asks about every picture.
  ///
  /// - Throws: what the model throws.
  init(_ pictures: EmbeddedPictures, labels: [String], _ model: CLIP) throws {
    forms = try Self.sentences.map { affirmed, negated in
      let texts = try [affirmed, negated].map { text in
        let template = try PromptTemplate(text)
        return try model.embed(texts: labels.map { template($0) })
      }
      var random = SeededGenerator(seed: 1)
      var (wins, preferred) = (0, 0)
      for (row, label) in pictures.labels.enumerated() {
        let picture = pictures.embeddings[row]
        let own = Self.cosine(picture, texts[1][label])
        if own >= Self.cosine(picture, texts[0][label]) { wins += 1 }
        guard labels.count > 1 else { continue }
        let other = (label + Int.random(in: 1..<labels.count, using: &random)) % labels.count
        if Self.cosine(picture, texts[1][other]) > own { preferred += 1 }
      }
      let count = Double(pictures.labels.count)
      return Form(
        affirmed: affirmed, negated: negated, negatedWins: Double(wins) / count,
        trueNegationPreferred: Double(preferred) / count)
    }
    negatedWins = Spread(forms.map(\.negatedWins)).mean
    trueNegationPreferred = Spread(forms.map(\.trueNegationPreferred)).mean
  }

  static func cosine(_ a: Embeddings.Row, _ b: Embeddings.Row) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
