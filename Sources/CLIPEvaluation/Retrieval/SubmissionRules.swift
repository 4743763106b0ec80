/// What the original's evaluation demands of a prediction file: for every query exactly ten different ids.
public enum SubmissionRules {
  /// The number of ids that the original demands.
  public static let depth = 10

  /// Checks predictions.
  ///
  /// - Parameters:
  ///   - predictions: the lines.
  ///   - direction: for the message.
  /// - Throws: ``EvaluationError/invalidSetting(_:)`` with the first query that breaks the rules.
  public static func check(
    _ predictions: [Ranking], direction: RetrievalDirection
  ) throws(EvaluationError) {
    for prediction in predictions {
      let distinct = Set(prediction.results).count
      guard prediction.results.count == depth, distinct == depth else {
        throw EvaluationError.invalidSetting(
          """
          The prediction for \(direction.queryField) \(prediction.query) has \
          \(prediction.results.count) \(direction.resultField), \(distinct) of them different; the \
          original demands \(depth) different ones.
          """)
      }
    }
  }
}
