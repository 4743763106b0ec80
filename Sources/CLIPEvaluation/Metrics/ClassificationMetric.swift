import Foundation

/// The figure by which a data set's classification is judged.
public enum ClassificationMetric: String, Sendable, CaseIterable, Codable {
  /// Share of pictures whose best label is right.
  case accuracy
  /// The mean over labels of the share of their pictures that are right; labels without pictures do
  /// not count. scikit-learn's `balanced_accuracy_score`.
  case meanPerClass = "mean-per-class"
  /// The mean over labels of the precision at eleven recalls, interpolated; labels without pictures
  /// do not count. A picture may have several labels.
  case elevenPointMAP = "11point-map"
  /// The area under the ROC curve of the second of two labels; of more labels, the mean over each
  /// against the rest. scikit-learn's `roc_auc_score`.
  case rocAUC = "roc-auc"

  /// The metric that ELEVATER's toolkit uses for a data set.
  ///
  /// Source: Li et al., *ELEVATER*, 2022, table 2; Chinese-CLIP, appendix.
  ///
  /// - Parameter name: the data set's name in the toolkit, such as `caltech-101`.
  /// - Returns: ``accuracy`` for data sets that it does not know.
  public static func elevater(for name: String) -> ClassificationMetric {
    let name = name.lowercased()
    func begins(_ prefixes: String...) -> Bool { prefixes.contains { name.hasPrefix($0) } }
    if begins("caltech-101", "caltech101", "fgvc-aircraft", "oxford-flower", "oxford-iiit-pet") {
      return .meanPerClass
    }
    if begins("voc-2007", "voc2007") { return .elevenPointMAP }
    if begins("hateful-memes", "hatefulmemes") { return .rocAUC }
    return .accuracy
  }

  /// Computes the figure.
  ///
  /// - Parameter scores: of all pictures.
  /// - Returns: 0 to 1.
  /// - Throws: ``EvaluationError/nothing(_:)`` where the figure is not defined, as an area under the
  ///   curve without pictures of one side.
  public func value(of scores: LabelScores) throws(EvaluationError) -> Double {
    switch self {
    case .accuracy: return scores.topAccuracy(1)
    case .meanPerClass: return ConfusionMatrix(scores).meanPerClass
    case .elevenPointMAP:
      var sum = 0.0
      var count = 0
      for label in 0..<scores.labelCount {
        let ranking = scores.ranking(for: label)
        guard ranking.positiveCount > 0 else { continue }
        sum += ranking.elevenPointPrecision
        count += 1
      }
      return sum / Double(count)
    case .rocAUC:
      guard scores.labelCount >= 2 else {
        throw EvaluationError.nothing("An area under the ROC curve needs at least two labels.")
      }
      let labels = scores.labelCount == 2 ? 1..<2 : 0..<scores.labelCount
      var sum = 0.0
      for label in labels {
        guard let area = scores.ranking(for: label).areaUnderROC else {
          throw EvaluationError.nothing(
            "An area under the ROC curve needs pictures of both sides, and label \(label + 1) has "
              + "none on one.")
        }
        sum += area
      }
      return sum / Double(labels.count)
    }
  }
}

extension LabelScores {
  /// Share of pictures whose right label is among the `depth` best.
  public func topAccuracy(_ depth: Int) -> Double {
    let hits = (0..<pictureCount).count { rank(of: $0) < depth }
    return Double(hits) / Double(pictureCount)
  }

  /// The pictures in the order of one label's scores.
  func ranking(for label: Int) -> BinaryRanking {
    BinaryRanking(
      (0..<pictureCount).map {
        (values[$0 * labelCount + label], positives[$0].contains(label))
      })
  }
}
