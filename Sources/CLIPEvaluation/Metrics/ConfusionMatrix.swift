/// How often pictures of each label were given each label.
public struct ConfusionMatrix: Sendable, Hashable {
  /// How many labels there are.
  public let labelCount: Int
  /// `[right · given]`, row by row.
  public let counts: [Int]

  /// Counts the best labels.
  public init(_ scores: LabelScores) {
    labelCount = scores.labelCount
    var counts = [Int](repeating: 0, count: labelCount * labelCount)
    for picture in 0..<scores.pictureCount {
      counts[scores.targets[picture] * labelCount + scores.prediction(of: picture)] += 1
    }
    self.counts = counts
  }

  /// Pictures of `right` that were given `given`.
  public subscript(right: Int, given: Int) -> Int { counts[right * labelCount + given] }

  /// Pictures of a label.
  public func pictureCount(of label: Int) -> Int {
    counts[label * labelCount..<(label + 1) * labelCount].reduce(0, +)
  }

  /// Share of a label's pictures that were given it; `nil` for a label without pictures.
  public func recall(of label: Int) -> Double? {
    let total = pictureCount(of: label)
    return total > 0 ? Double(self[label, label]) / Double(total) : nil
  }

  /// The mean of all labels' recalls.
  public var meanPerClass: Double {
    let recalls = (0..<labelCount).compactMap(recall)
    return recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
  }

  /// The pairs that were confused most often, most often first.
  ///
  /// - Parameter limit: how many at most.
  /// - Returns: right label, given label, number of pictures.
  public func confusions(_ limit: Int) -> [(right: Int, given: Int, count: Int)] {
    let pairs = counts.indices
      .filter { counts[$0] > 0 && $0 / labelCount != $0 % labelCount }
      .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    return pairs.prefix(limit).map { ($0 / labelCount, $0 % labelCount, counts[$0]) }
  }
}
