public import Foundation

/// A question to a picture library: weighted terms, a filter and how many answers.
///
/// The vector that is searched for is the weighted sum of the terms' unit vectors, so "日落" plus
/// "海滩" minus "人" is three terms, and a picture with a text is two.
///
/// ```swift
/// var query = SearchQuery("海边的日落")
/// query.add(.text("人"), weight: -0.5)
/// query.filter = try PictureFilter("taken > 2024 and folder ~ 旅行")
/// let hits = try await library.search(query)
/// ```
public struct SearchQuery: Sendable {
  /// One part of a query.
  public enum Content: Sendable, Equatable {
    /// A sentence.
    case text(String)
    /// The bytes of a picture file.
    case image(Data)
    /// A picture of the library, by its number.
    case picture(Int64)
    /// A vector of the library's model, of any length but zero.
    case vector([Float])
  }

  /// A part of a query and how much it counts; a negative weight pushes away.
  public struct Term: Sendable, Equatable {
    /// What is looked for.
    public var content: Content
    /// How much it counts; finite.
    public var weight: Float

    /// A part of a query.
    public init(_ content: Content, weight: Float = 1) {
      self.content = content
      self.weight = weight
    }
  }

  /// Which vectors are searched.
  public enum Target: Sendable, Equatable {
    /// The pictures themselves.
    case pictures
    /// The captions of the pictures, text against text.
    case captions
  }

  /// The parts of the query.
  public var terms: [Term]
  /// Which vectors are searched.
  public var target: Target = .pictures
  /// Only pictures for which this holds are considered; exact, before anything is ranked.
  public var filter: PictureFilter?
  /// How many hits at most, `1...100_000`.
  public var limit: Int
  /// How many of the best hits to leave out, for paging.
  public var offset: Int = 0
  /// Hits whose cosine with a better hit is at least this, say 0.96, are folded into it.
  public var foldingThreshold: Float?
  /// Hits below this cosine are left out.
  public var minimumCosine: Float?

  /// Whether every picture is looked at even where the library has an approximate index.
  public var isExact = false

  /// A query of the given terms.
  public init(terms: [Term], limit: Int = 20) {
    self.terms = terms
    self.limit = limit
  }

  /// A query for a sentence.
  public init(_ text: String, limit: Int = 20) {
    self.init(terms: [Term(.text(text))], limit: limit)
  }

  /// A query for pictures like the given one.
  public init(image: Data, limit: Int = 20) {
    self.init(terms: [Term(.image(image))], limit: limit)
  }

  /// A query for pictures like one of the library; the picture itself is left out of the hits.
  public init(like picture: Int64, limit: Int = 20) {
    self.init(terms: [Term(.picture(picture))], limit: limit)
  }

  /// Adds a part.
  public mutating func add(_ content: Content, weight: Float = 1) {
    terms.append(Term(content, weight: weight))
  }
}
