/// Scored things of which some are right, in falling order of their scores.
struct BinaryRanking {
  /// How many are right.
  let positiveCount: Int
  private let count: Int
  /// After each distinct score: how many have at least that score, and how many of them are right.
  private let steps: [(taken: Int, right: Int)]

  /// - Parameter scored: in any order; equal scores are one step.
  init(_ scored: [(score: Float, isPositive: Bool)]) {
    let sorted = scored.sorted { $0.score > $1.score }
    var steps: [(taken: Int, right: Int)] = []
    var right = 0
    for (index, entry) in sorted.enumerated() {
      if entry.isPositive { right += 1 }
      let isLast = index + 1 == sorted.count || sorted[index + 1].score < entry.score
      if isLast { steps.append((index + 1, right)) }
    }
    self.steps = steps
    positiveCount = right
    count = sorted.count
  }

  /// The mean over the recalls 0, 0.1, …, 1 of the best precision at that recall or more.
  ///
  /// As ELEVATER's toolkit counts it (`MeanAveragePrecisionNPointsEvaluator` over scikit-learn's
  /// curve): the precision at recall 0 is 1, whatever comes first, where PASCAL VOC 2007 takes the best
  /// one; and the recalls are `numpy.linspace(1, 0, 11)`, so that those on the border fall on the same
  /// side.
  var elevenPointPrecision: Double {
    let thresholds = (0..<10).map { 1 + Double($0) * -0.1 }
    var best = 0.0
    var sum = 0.0
    var remaining = steps[...]
    for threshold in thresholds {
      while let step = remaining.last,
        Double(step.right) / Double(positiveCount) >= threshold
      {
        best = max(best, Double(step.right) / Double(step.taken))
        remaining.removeLast()
      }
      sum += best
    }
    return (sum + 1) / 11
  }

  /// The probability that a right one has a higher score than a wrong one, ties counted half; `nil`
  /// without right or without wrong ones.
  var areaUnderROC: Double? {
    let negativeCount = count - positiveCount
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    var area = 0.0
    var last = (taken: 0, right: 0)
    for step in steps {
      let wrong = (step.taken - step.right) - (last.taken - last.right)
      area += Double(wrong) * Double(step.right + last.right) / 2
      last = step
    }
    return area / (Double(positiveCount) * Double(negativeCount))
  }
}
