public import CLIPModels
public import Torch

/// Gives a picture the label that most of its nearest pictures have.
///
/// Equal to scikit-learn's `KNeighborsClassifier(metric="cosine")`.
public struct NeighborProbe: Sendable {
  /// How neighbours are counted.
  public enum Weights: String, Sendable, CaseIterable {
    /// Each neighbour once.
    case uniform
    /// A neighbour counts one over its cosine distance; of neighbours at no distance, only those.
    case distance
  }

  /// How many neighbours are asked.
  public let k: Int
  /// How they are counted.
  public let weights: Weights
  private let pictures: LabelledPictures
  private let labelCount: Int
  private let search: NearestNeighbors

  /// - Parameters:
  ///   - pictures: unit vectors with known labels.
  ///   - labelCount: how many labels there are.
  ///   - k: how many neighbours are asked.
  ///   - weights: how they are counted.
  ///   - device: where distances are computed.
  /// - Throws: ``EvaluationError`` for no pictures, or no neighbours.
  public init(
    _ pictures: LabelledPictures, labelCount: Int, k: Int, weights: Weights = .uniform,
    device: Device = .cpu
  ) throws {
    guard k > 0 else {
      throw EvaluationError.invalidSetting("At least one neighbour must be asked.")
    }
    self.pictures = pictures
    self.labelCount = labelCount
    self.k = k
    self.weights = weights
    search = try NearestNeighbors(pictures.embeddings, device: device)
  }

  /// The labels' shares of the votes; the first label wins a tie.
  ///
  /// - Parameters:
  ///   - asked: unit vectors.
  ///   - labels: the right label of each.
  /// - Returns: what all metrics are computed from.
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func scores(_ asked: Embeddings, labels: [Int]) throws -> LabelScores {
    let neighbors = try search.search(k, nearestTo: asked)
    var shares = [Float](repeating: 0, count: asked.count * labelCount)
    for (row, places) in neighbors.enumerated() {
      let weights = places.map { weight(of: $0, for: asked[row]) }
      let total = weights.reduce(0, +)
      for (place, weight) in zip(places, weights) {
        shares[row * labelCount + pictures.labels[place]] += Float(weight / total)
      }
    }
    return try LabelScores(shares, labelCount: labelCount, targets: labels)
  }

  private func weight(of place: Int, for asked: Embeddings.Row) -> Double {
    guard weights == .distance else { return 1 }
    let cosine = zip(pictures.embeddings[place], asked).reduce(0.0) {
      $0 + Double($1.0) * Double($1.1)
    }
    // Large enough to outweigh everything that is not the same picture.
    return 1 / max(1 - cosine, 1e-12)
  }
}
