import CLIPData
import Files

/// How often a right answer is among the first results.
public struct Recall: Sendable, Equatable {
  /// One depth and its share.
  public struct Entry: Sendable, Equatable {
    /// How many results count.
    public let depth: Int
    /// Share of queries with a right answer among them, 0 to 1.
    public let share: Double
  }

  /// The depths in the order asked for.
  public let entries: [Entry]
  /// Number of queries.
  public let queryCount: Int
  /// Queries without any right answer; they count as missed.
  public let unanswerableCount: Int

  /// The average over the depths, 0 to 1.
  public var mean: Double {
    // As the original adds and divides, so that files compare equal to the last digit.
    entries.reduce(0) { $0 + $1.share } / Double(max(1, entries.count))
  }

  /// The share at a depth, if it was asked for.
  public subscript(depth: Int) -> Double? { entries.first { $0.depth == depth }?.share }

  /// The depths of the field's tables.
  public static let usualDepths = [1, 5, 10]

  /// Counts.
  ///
  /// A query is answered at depth k when any of its right answers is among its first k results. Lists may
  /// have any length; one shorter than k simply ends earlier. Predictions for other queries are ignored.
  ///
  /// - Parameters:
  ///   - predictions: results of each query, best first; of equal queries the last one counts.
  ///   - reference: the right answers.
  ///   - depths: how many results count, ascending.
  /// - Throws: ``EvaluationError/missingPredictions(direction:count:some:)``,
  ///   ``EvaluationError/nothing(_:)``, ``EvaluationError/invalidSetting(_:)``.
  public init(
    of predictions: [Ranking], against reference: RetrievalReference,
    depths: [Int] = Recall.usualDepths
  ) throws(EvaluationError) {
    guard !depths.isEmpty, depths.allSatisfy({ $0 > 0 }) else {
      throw EvaluationError.invalidSetting("Recall is counted at depths of 1 and more.")
    }
    guard !reference.queries.isEmpty else {
      throw EvaluationError.nothing("The reference holds no queries.")
    }
    var results: [Int64: [Int64]] = [:]
    for prediction in predictions { results[prediction.query] = prediction.results }
    let missing = reference.queries.map(\.query).filter { results[$0] == nil }
    guard missing.isEmpty else {
      throw EvaluationError.missingPredictions(
        direction: reference.direction, count: missing.count, some: Array(missing.prefix(5)))
    }
    var hits = [Int](repeating: 0, count: depths.count)
    for query in reference.queries {
      let right = Set(query.results)
      guard let rank = results[query.query]?.firstIndex(where: right.contains) else { continue }
      for (index, depth) in depths.enumerated() where rank < depth { hits[index] += 1 }
    }
    queryCount = reference.queries.count
    unanswerableCount = reference.queries.count { $0.results.isEmpty }
    let total = Double(reference.queries.count)
    entries = zip(depths, hits).map { Entry(depth: $0, share: Double($1) * 1.0 / total) }
  }
}

extension Recall {
  /// The original's result: `{"success": true, "score": …, "scoreJson": {…}}`, in percent.
  public var originalJSON: String {
    let mean = Self.percent(mean)
    let shares = entries.map { "\"r\($0.depth)\": \(Self.percent($0.share))" }
      .joined(separator: ", ")
    return """
      {"success": true, "score": \(mean), \
      "scoreJson": {"score": \(mean), "mean_recall": \(mean), \(shares)}}
      """
  }

  /// The original's result of a failed evaluation.
  public static func originalJSON(failure message: String) -> String {
    let text = PythonJSON.string(message, ascii: true)
    return """
      {"errorDetail": \(text), "errorMsg": \(text), "score": 0, "scoreJson": {}, "success": false}
      """
  }

  /// The shares in percent as one JSON object: `{"r1": …, "r5": …, "r10": …, "mean_recall": …, "queries": …}`.
  public var json: String {
    let shares = entries.map { "\"r\($0.depth)\": \(Self.percent($0.share))" }
      .joined(separator: ", ")
    return "{\(shares), \"mean_recall\": \(Self.percent(mean)), \"queries\": \(queryCount)}"
  }

  private static func percent(_ share: Double) -> String { String(share * 100) }
}
