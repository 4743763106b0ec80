public import CLIPModels
import Files

/// What an evaluation found.
public struct ZeroShotResult: Sendable {
  /// Shares of the labels, picture by picture.
  public let probabilities: LabelScores
  /// Cosines of the labels, picture by picture.
  public let cosines: LabelScores
  /// The figure by which the data set is judged.
  public let metric: ClassificationMetric
  /// The templates that were used.
  public let prompts: PromptSet

  /// Share of pictures whose best label is right.
  public var top1: Double { probabilities.topAccuracy(1) }
  /// Share of pictures whose right label is among the five best.
  public var top5: Double { probabilities.topAccuracy(5) }
  /// How often pictures of each label were given each label.
  public var confusion: ConfusionMatrix { ConfusionMatrix(probabilities) }
  /// From which cosine on a label is to be believed.
  public var minimumScore: MinimumScore? { MinimumScore(cosines) }

  /// The data set's own figure, or another.
  ///
  /// - Throws: ``EvaluationError`` where it is not defined.
  public func value(_ other: ClassificationMetric? = nil) throws(EvaluationError) -> Double {
    try (other ?? metric).value(of: probabilities)
  }

  /// `{"top1": …, "top5": …, "mean_per_class": …, "images": …, "classes": …}` and more, in fractions.
  ///
  /// - Parameters:
  ///   - dataset: the data set's name.
  ///   - other: the figure to report as the data set's own.
  /// - Returns: one line of JSON.
  /// - Throws: ``EvaluationError`` where the figure is not defined.
  public func json(
    dataset: String, metric other: ClassificationMetric? = nil
  ) throws(EvaluationError) -> String {
    let metric = other ?? metric
    let suggestion =
      minimumScore.map {
        """
        , "min_score": {"cosine": \($0.cosine), "kept": \($0.kept), "refused": \($0.refused)}
        """
      } ?? ""
    return """
      {"top1": \(top1), "top5": \(top5), "mean_per_class": \(confusion.meanPerClass), \
      "images": \(probabilities.pictureCount), "classes": \(probabilities.labelCount), \
      "dataset": \(PythonJSON.string(dataset)), "metric": "\(metric.rawValue)", \
      "score": \(try value(metric)), "templates": \(PythonJSON.string(prompts.name))\(suggestion)}
      """
  }
}
