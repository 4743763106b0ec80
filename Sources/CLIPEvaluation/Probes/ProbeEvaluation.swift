import Files

/// What pictures with labels make of a model's vectors.
public struct ProbeEvaluation: Sendable {
  /// What one method found.
  public struct Result: Sendable {
    /// `k-NN`, for example.
    public let method: String
    /// With which settings.
    public let detail: String
    /// One for each seed.
    public let scores: [LabelScores]

    /// Joins the three.
    public init(method: String, detail: String, scores: [LabelScores]) {
      self.method = method
      self.detail = detail
      self.scores = scores
    }
  }

  /// What is learned from.
  public let train: LabelledPictures
  /// What settings are chosen by; a fifth of the training pictures if nil.
  public let valid: LabelledPictures?
  /// What is asked.
  public let test: LabelledPictures
  /// How many labels there are.
  public let labelCount: Int
  /// The figure by which the data set is judged.
  public let metric: ClassificationMetric

  /// Where nothing can be held out, as with one picture a label; between the values that are chosen
  /// for few and for many pictures of unit length.
  private static let usualC = 100.0

  /// Joins the parts of a data set.
  public init(
    train: LabelledPictures, valid: LabelledPictures?, test: LabelledPictures, labelCount: Int,
    metric: ClassificationMetric
  ) {
    self.train = train
    self.valid = valid
    self.test = test
    self.labelCount = labelCount
    self.metric = metric
  }

  /// The labels of the nearest pictures.
  ///
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func neighbors(_ k: Int) throws -> Result {
    let probe = try NeighborProbe(train, labelCount: labelCount, k: k)
    return Result(
      method: "k-NN", detail: "\(k) neighbours of \(train.labels.count) pictures",
      scores: [try probe.scores(test.embeddings, labels: test.labels)])
  }

  /// Logistic regression on all training pictures.
  ///
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func linear() throws -> Result {
    let (scores, c) = try regression(on: train, valid: valid, seed: 0)
    return Result(
      method: "linear probe",
      detail: "C \(c), chosen on \(valid == nil ? "a fifth of" : "valid/, learned from") "
        + "\(train.labels.count) pictures",
      scores: [scores])
  }

  /// Logistic regression on a few pictures of each label, once for each seed.
  ///
  /// - Parameters:
  ///   - count: pictures of a label; settings are chosen on a fifth of them.
  ///   - seeds: one for each draw.
  /// - Returns: the scores of each seed.
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func fewShots(_ count: Int, seeds: [UInt32]) throws -> Result {
    let found = try seeds.map { seed in
      try regression(
        on: train.selecting(train.rows(ofEach: count, seed: seed)), valid: nil, seed: seed)
    }
    return Result(
      method: "\(count) shot\(count == 1 ? "" : "s")",
      detail: "seeds \(seeds.map(String.init).joined(separator: ",")), C "
        + found.map { "\($0.c)" }.joined(separator: ","),
      scores: found.map(\.scores))
  }

  private func regression(
    on train: LabelledPictures, valid: LabelledPictures?, seed: UInt32
  ) throws -> (scores: LabelScores, c: Double) {
    var c = Self.usualC
    if let valid {
      c = try LinearProbe.chooseC(train: train, valid: valid, labelCount: labelCount).c
    } else if let (kept, heldOut) = train.split(holdingOut: 0.2, seed: seed) {
      c = try LinearProbe.chooseC(train: kept, valid: heldOut, labelCount: labelCount).c
    }
    let probe = try LinearProbe(
      train.embeddings, labels: train.labels, labelCount: labelCount, c: c)
    return (
      try probe.scores(test.embeddings, labels: test.labels), (c * 10000).rounded() / 10000
    )
  }

  /// One line of JSON: `{"dataset": …, "metric": …, "results": [{"method": …, "top1": …, …}]}`.
  ///
  /// - Throws: ``EvaluationError`` where the metric is not defined.
  public func json(_ results: [Result], dataset: String) throws -> String {
    let entries = try results.map { result in
      let top1 = Spread(result.scores.map { $0.topAccuracy(1) })
      let own = Spread(try result.scores.map { try metric.value(of: $0) })
      return """
        {"method": \(PythonJSON.string(result.method)), "top1": \(top1.mean), \
        "top1_deviation": \(top1.deviation), "score": \(own.mean), \
        "score_deviation": \(own.deviation), "runs": \(own.count), \
        "detail": \(PythonJSON.string(result.detail))}
        """
    }
    return """
      {"dataset": \(PythonJSON.string(dataset)), "metric": "\(metric.rawValue)", \
      "results": [\(entries.joined(separator: ", "))]}
      """
  }
}

/// Mean and standard deviation of a few figures.
public struct Spread: Sendable, Hashable {
  /// How many figures there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their standard deviation over all, 0 for one.
  public let deviation: Double

  /// Counts.
  public init(_ values: [Double]) {
    count = values.count
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = (squares / Double(max(1, values.count))).squareRoot()
  }
}

extension EmbeddedPictures {
  /// Vectors and labels alone.
  public var labelled: LabelledPictures { LabelledPictures(embeddings, labels: labels) }
}
