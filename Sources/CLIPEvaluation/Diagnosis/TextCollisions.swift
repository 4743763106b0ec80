import CLIPModels

/// Labels that a model hardly tells apart before it has seen a picture.
public struct TextCollisions: Sendable, Codable {
  /// Two labels.
  public struct Pair: Sendable, Codable {
    /// The one.
    public let first: String
    /// The other.
    public let second: String
    /// How near their sentences are.
    public let cosine: Double
  }

  /// From this cosine on two labels count as nearly one.
  public static let threshold = 0.95

  /// The nearest pairs, nearest first.
  public let nearest: [Pair]
  /// Pairs at ``threshold`` or more.
  public let collisionCount: Int
  /// The mean cosine of all pairs.
  public let meanCosine: Double

  /// Compares all labels with all.
  ///
  /// - Parameters:
  ///   - labels: the labels.
  ///   - vectors: one unit vector a label.
  init(_ labels: [String], _ vectors: Embeddings) {
    var nearest: [(first: Int, second: Int, cosine: Double)] = []
    var (sum, count, collisions) = (0.0, 0, 0)
    for first in labels.indices {
      for second in labels.indices where second > first {
        let cosine = Double(NegationProbe.cosine(vectors[first], vectors[second]))
        sum += cosine
        count += 1
        if cosine >= Self.threshold { collisions += 1 }
        nearest.append((first, second, cosine))
      }
      // Only the best are kept, however many labels there are.
      if nearest.count > 4096 {
        nearest = Array(nearest.sorted { $0.cosine > $1.cosine }.prefix(20))
      }
    }
    self.nearest = nearest.sorted { $0.cosine > $1.cosine }.prefix(20).map {
      Pair(first: labels[$0.first], second: labels[$0.second], cosine: $0.cosine)
    }
    collisionCount = collisions
    meanCosine = count > 0 ? sum / Double(count) : 0
  }
}
