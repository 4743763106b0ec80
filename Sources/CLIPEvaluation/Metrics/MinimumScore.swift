/// The cosine from which on a label is to be believed, measured on pictures whose labels are known.
///
/// A softmax always names a winner. So every picture is asked twice: with all labels, and with its own
/// label taken away, when whatever wins is wrong. The threshold is the one that tells right winners
/// of the first round from winners of the second best: it maximises the mean of the share of right
/// winners that stay and the share of wrong ones that go (Youden's index).
public struct MinimumScore: Sendable, Hashable, Codable {
  /// The cosine.
  public let cosine: Double
  /// Share of right winners at or above it.
  public let kept: Double
  /// Share of the winners among wrong labels below it.
  public let refused: Double
  /// Right winners that were looked at.
  public let pictureCount: Int

  /// Measures it; `nil` if no picture was given its right label, or there is one label only.
  ///
  /// - Parameter cosines: of all pictures with all labels.
  public init?(_ cosines: LabelScores) {
    var scored: [(score: Float, isRight: Bool)] = []
    for picture in 0..<cosines.pictureCount {
      let scores = cosines[picture]
      let own = cosines.positives[picture]
      let winner = cosines.prediction(of: picture)
      if own.contains(winner) { scored.append((scores[scores.startIndex + winner], true)) }
      let others = scores.indices.filter { !own.contains($0 - scores.startIndex) }
      if let best = others.map({ scores[$0] }).max() { scored.append((best, false)) }
    }
    let right = scored.count { $0.isRight }
    let wrong = scored.count - right
    guard right > 0, wrong > 0 else { return nil }
    scored.sort { $0.score > $1.score }
    var best = (index: -1, value: -1.0, kept: 0, passed: 0)
    var (kept, passed) = (0, 0)
    for (index, entry) in scored.enumerated() {
      if entry.isRight { kept += 1 } else { passed += 1 }
      guard index + 1 == scored.count || scored[index + 1].score < entry.score else { continue }
      let value = Double(kept) / Double(right) - Double(passed) / Double(wrong)
      if value > best.value { best = (index, value, kept, passed) }
    }
    let above = Double(scored[best.index].score)
    let below = best.index + 1 < scored.count ? Double(scored[best.index + 1].score) : above
    cosine = (above + below) / 2
    self.kept = Double(best.kept) / Double(right)
    refused = 1 - Double(best.passed) / Double(wrong)
    pictureCount = right
  }
}
