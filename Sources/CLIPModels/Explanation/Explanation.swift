/// Which words of a text have to do with which places of a picture.
///
/// In JSON it is `{"words": […], "grid": [rows, columns], "weights": [[…] a word], "method": "…"}`.
public struct Explanation: Sendable, Hashable {
  /// How the weights came about.
  public enum Method: String, Codable, Sendable, Hashable {
    /// The cosine of a word's token with a place's, as the model compares them (FILIP, 2021).
    case tokenSimilarity = "token-similarity"
    /// A word's attention to the places, which sums to one (GLoRIA, 2021, equation 3).
    case wordAttention = "word-attention"
    /// Of a model with one vector: how much each place speaks for the word rather than for the rest of
    /// the text.
    ///
    /// It is gradient × activation at the places that are pooled (HiResCAM: Draelos, Carin, 2020) of
    /// the picture's product with the word's vector less that of the text without the word.
    case gradient = "gradient-of-word-against-rest"
  }

  /// The words, in the text's order: ideographs, or pieces joined.
  public let words: [String]
  /// Rows of the grid of places.
  public let rows: Int
  /// Columns of the grid of places.
  public let columns: Int
  /// A weight for each place, row by row, for each word; the larger the more they belong together.
  public let weights: [[Float]]
  /// How the weights came about.
  public let method: Method

  /// Joins the parts.
  public init(words: [String], rows: Int, columns: Int, weights: [[Float]], method: Method) {
    self.words = words
    self.rows = rows
    self.columns = columns
    self.weights = weights
    self.method = method
  }

  /// A word's weights from 0, at nothing or less, to 1 at the place that fits best.
  ///
  /// Weights that are all positive, attention for example, are counted from their least.
  public func strengths(of word: Int) -> [Float] {
    let weights = weights[word]
    let least = max(0, weights.min() ?? 0)
    let most = weights.max() ?? 0
    guard most > least else { return weights.map { _ in 0 } }
    return weights.map { max(0, $0 - least) / (most - least) }
  }

  /// For each place the word that fits best, row by row; nil where none has any strength.
  ///
  /// Words are compared by their weights where these are similarities, by their strengths elsewhere.
  public var bestWords: [Int?] {
    let isSimilarity = method == .tokenSimilarity
    let compared = isSimilarity ? weights : words.indices.map { strengths(of: $0) }
    return (0..<rows * columns).map { place in
      let best = compared.indices.max { compared[$0][place] < compared[$1][place] }
      return best.flatMap { isSimilarity || compared[$0][place] > 0 ? $0 : nil }
    }
  }
}

extension Explanation: Codable {
  private enum CodingKeys: String, CodingKey {
    case words, grid, weights, method
  }

  /// Reads the JSON form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let grid = try container.decode([Int].self, forKey: .grid)
    let words = try container.decode([String].self, forKey: .words)
    let weights = try container.decode([[Float]].self, forKey: .weights)
    guard grid.count == 2, grid.allSatisfy({ (1...65_536).contains($0) }),
      weights.count == words.count, weights.allSatisfy({ $0.count == grid[0] * grid[1] })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .weights, in: container, debugDescription: "the weights do not fill the grid")
    }
    self.init(
      words: words, rows: grid[0], columns: grid[1], weights: weights,
      method: try container.decode(Method.self, forKey: .method))
  }

  /// Writes the JSON form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(words, forKey: .words)
    try container.encode([rows, columns], forKey: .grid)
    try container.encode(weights, forKey: .weights)
    try container.encode(method, forKey: .method)
  }
}
