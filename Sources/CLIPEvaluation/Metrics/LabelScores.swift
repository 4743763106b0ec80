/// A number for every picture and label, and the labels that are right: what all metrics of
/// classification are computed from.
public struct LabelScores: Sendable {
  /// How many labels there are.
  public let labelCount: Int
  /// The right label of each picture; what counts where one is asked for.
  public let targets: [Int]
  /// All right labels of each picture, the one of ``targets`` among them.
  public let positives: [Set<Int>]
  /// `[pictures · labels]`, picture by picture; larger fits better.
  public let values: [Float]

  /// How many pictures there are.
  public var pictureCount: Int { targets.count }

  /// Joins scores and right labels.
  ///
  /// - Parameters:
  ///   - values: `[pictures · labels]`, finite.
  ///   - labelCount: how many labels there are.
  ///   - targets: the right label of each picture.
  ///   - positives: all right labels of each picture where there may be several.
  /// - Throws: ``EvaluationError/nothing(_:)`` without pictures,
  ///   ``EvaluationError/invalidSetting(_:)`` where the numbers do not fit each other, and
  ///   ``EvaluationError/notFinite(side:row:)``.
  public init(
    _ values: [Float], labelCount: Int, targets: [Int], positives: [Set<Int>]? = nil
  ) throws(EvaluationError) {
    guard !targets.isEmpty, labelCount > 0 else {
      throw EvaluationError.nothing("There are no pictures or no labels to compare.")
    }
    guard values.count == targets.count * labelCount,
      targets.allSatisfy({ (0..<labelCount).contains($0) }),
      positives.map({ $0.count == targets.count }) ?? true
    else {
      throw EvaluationError.invalidSetting(
        "\(values.count) scores are not \(labelCount) for each of \(targets.count) pictures.")
    }
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw EvaluationError.notFinite(side: "scores", row: place / labelCount)
    }
    self.values = values
    self.labelCount = labelCount
    self.targets = targets
    self.positives = positives ?? targets.map { [$0] }
  }

  /// The scores of one picture.
  public subscript(picture: Int) -> ArraySlice<Float> {
    values[picture * labelCount..<(picture + 1) * labelCount]
  }

  /// The label with the highest score, the first of equals.
  public func prediction(of picture: Int) -> Int {
    let scores = self[picture]
    var best = scores.startIndex
    for place in scores.indices where scores[place] > scores[best] { best = place }
    return best - scores.startIndex
  }

  /// How many labels stand before the right one, equals in their order.
  public func rank(of picture: Int) -> Int {
    let scores = self[picture]
    let own = scores.startIndex + targets[picture]
    return scores.indices.count {
      scores[$0] > scores[own] || (scores[$0] == scores[own] && $0 < own)
    }
  }
}
