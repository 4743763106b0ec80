public import CLIPModels
import Foundation
import Torch

/// Pictures with what is known of them, embedded.
public struct KnownPictures: Sendable {
  /// One vector a picture.
  public let embeddings: Embeddings
  /// 1 present, -1 absent, 0 not known, for each label of each picture.
  public let states: [[Float]]

  /// Joins vectors and what is known.
  ///
  /// - Throws: ``EvaluationError/invalidSetting(_:)`` where the numbers do not fit.
  public init(_ embeddings: Embeddings, states: [[Float]]) throws(EvaluationError) {
    guard embeddings.count == states.count, !states.isEmpty,
      states.allSatisfy({ $0.count == states[0].count })
    else {
      throw .invalidSetting(
        "\(embeddings.count) vectors and what is known of \(states.count) pictures do not fit.")
    }
    self.embeddings = embeddings
    self.states = states
  }

  /// Some of the pictures.
  func selecting(_ rows: [Int]) throws(EvaluationError) -> KnownPictures {
    try KnownPictures(
      Embeddings(dimension: embeddings.dimension, values: rows.flatMap { embeddings[$0] }),
      states: rows.map { states[$0] })
  }
}

/// How well findings are told: each label against its absence, labels against each other, and pictures
/// among pictures.
public struct FindingsEvaluation: Sendable {
  /// How several sentences of a label become one score.
  public enum PromptScore: String, Sendable, CaseIterable, Codable {
    case mean
    case maximum
  }

  /// What scores of pictures and labels say.
  public struct Result: Sendable, Hashable {
    /// For each label the area under its ROC curve; nil: the pictures have one side only.
    public let areas: [Double?]
    /// Of the pictures with exactly one label, the share whose highest score is that label; nil: there
    /// are none.
    public let accuracy: Double?
    /// How many those are.
    public let exclusiveCount: Int

    /// The mean over the labels that have an area.
    public var meanArea: Double? {
      let known = areas.compactMap(\.self)
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
  }

  /// The labels' names.
  public let labels: [String]
  /// The pictures that are asked.
  public let pictures: KnownPictures
  /// Whether a label that is not known counts as absent; otherwise its pictures are left out of its
  /// curve.
  public let countsUnknownAsAbsent: Bool

  /// Joins the parts.
  ///
  /// - Throws: ``EvaluationError/invalidSetting(_:)`` where the numbers do not fit.
  public init(
    labels: [String], pictures: KnownPictures, countsUnknownAsAbsent: Bool = true
  ) throws(EvaluationError) {
    guard pictures.states[0].count == labels.count else {
      throw .invalidSetting(
        "\(labels.count) labels and \(pictures.states[0].count) numbers a picture do not fit.")
    }
    self.labels = labels
    self.pictures = pictures
    self.countsUnknownAsAbsent = countsUnknownAsAbsent
  }

  /// Scores pictures by sentences: MedCLIP's prompt classifier.
  ///
  /// - Parameters:
  ///   - sentences: the vectors of each label's sentences, unit length.
  ///   - rule: how they become one score.
  /// - Returns: `[pictures][labels]`.
  /// - Throws: `TorchError`.
  public func scores(_ sentences: [Embeddings], by rule: PromptScore) throws -> [[Float]] {
    let columns = try sentences.map { own -> [Float] in
      try pictures.embeddings.dotProducts(with: own).map { row in
        rule == .mean
          ? row.reduce(0, +) / Float(max(1, row.count)) : row.max() ?? 0
      }
    }
    return pictures.states.indices.map { picture in columns.map { $0[picture] } }
  }

  /// What scores say.
  ///
  /// - Parameter scores: `[pictures][labels]`, larger fits better.
  /// - Returns: areas, accuracy and what they were counted on.
  /// - Throws: ``EvaluationError`` where they do not fit, or are not finite.
  public func result(of scores: [[Float]]) throws(EvaluationError) -> Result {
    guard scores.count == pictures.states.count, scores.allSatisfy({ $0.count == labels.count })
    else { throw .invalidSetting("The scores do not fit pictures and labels.") }
    if let row = scores.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw .notFinite(side: "scores", row: row)
    }
    let areas = labels.indices.map { label in
      BinaryRanking(
        scores.indices.compactMap { row -> (score: Float, isPositive: Bool)? in
          let state = pictures.states[row][label]
          guard state != 0 || countsUnknownAsAbsent else { return nil }
          return (scores[row][label], state > 0)
        }
      ).areaUnderROC
    }
    var (right, count) = (0, 0)
    for (row, label) in exclusive {
      count += 1
      let best = scores[row].max() ?? 0
      if scores[row].firstIndex(of: best) == label { right += 1 }
    }
    return Result(
      areas: areas, accuracy: count > 0 ? Double(right) / Double(count) : nil,
      exclusiveCount: count)
  }

  /// The pictures with exactly one label, and that label: CheXpert-5x200's kind.
  var exclusive: [(row: Int, label: Int)] {
    pictures.states.enumerated().compactMap { row, states in
      let present = states.indices.filter { states[$0] > 0 }
      return present.count == 1 ? (row, present[0]) : nil
    }
  }

  // MARK: Retrieval

  /// The mean share of the first `depth` pictures that have the label that was asked for.
  ///
  /// Equal scores are ranked in the pictures' order.
  ///
  /// - Parameters:
  ///   - scores: `[pictures][labels]`.
  ///   - depth: how many pictures are looked at; all if there are fewer.
  /// - Returns: nil where no label has a picture.
  public func textToImagePrecision(_ scores: [[Float]], at depth: Int) -> Double? {
    let shares = labels.indices.compactMap { label -> Double? in
      let right = Set(pictures.states.indices.filter { pictures.states[$0][label] > 0 })
      guard !right.isEmpty else { return nil }
      return Self.precision(scores.map { $0[label] }, right: right, at: depth, besides: nil)
    }
    return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }

  /// The same with each picture of one label as the query, itself left out, among such pictures.
  ///
  /// - Throws: `TorchError`.
  public func imageToImagePrecision(at depths: [Int]) throws -> [Double?] {
    let own = exclusive
    guard own.count > 1 else { return depths.map { _ in nil } }
    let chosen = try pictures.selecting(own.map(\.row)).embeddings
    var sums = [Double](repeating: 0, count: depths.count)
    var count = 0
    for start in stride(from: 0, to: own.count, by: 256) {
      let rows = start..<min(start + 256, own.count)
      let part = Embeddings(dimension: chosen.dimension, values: rows.flatMap { chosen[$0] })
      for (row, scores) in zip(rows, try part.dotProducts(with: chosen)) {
        let right = Set(
          own.indices.filter { $0 != row && own[$0].label == own[row].label })
        guard !right.isEmpty else { continue }
        count += 1
        for (place, depth) in depths.enumerated() {
          sums[place] += Self.precision(scores, right: right, at: depth, besides: row)
        }
      }
    }
    return sums.map { count > 0 ? $0 / Double(count) : nil }
  }

  static func precision(
    _ scores: [Float], right: Set<Int>, at depth: Int, besides query: Int?
  ) -> Double {
    let ranked = scores.indices.filter { $0 != query }
      .sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }.prefix(depth)
    return Double(ranked.count { right.contains($0) }) / Double(max(1, ranked.count))
  }

  // MARK: Probe

  /// Logistic regressions, one a label, on a share of labelled pictures, once for each seed: a
  /// supervised head on a network that stays as it is.
  ///
  /// - Parameters:
  ///   - train: what is learned from; vectors of the same kind as the pictures'.
  ///   - share: of its pictures, drawn; at least one.
  ///   - seeds: one for each draw.
  ///   - c: one over the strength of the regularisation.
  /// - Returns: a result for each seed. A label that the draw has on one side only has no area.
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func probe(
    _ train: KnownPictures, share: Double, seeds: [UInt32], c: Double = 1
  ) throws -> [Result] {
    guard share > 0, share <= 1 else {
      throw EvaluationError.invalidSetting("A share of pictures must be above 0 and at most 1.")
    }
    return try (share == 1 ? [0] : seeds).map { seed in
      var random = SeededGenerator(seed: seed)
      let count = max(1, Int((Double(train.states.count) * share).rounded()))
      let rows = Array(train.states.indices.shuffled(using: &random).prefix(count)).sorted()
      let known = try train.selecting(rows)
      var columns: [[Float]?] = []
      for label in labels.indices {
        columns.append(try column(of: label, from: known, c: c))
      }
      let scores = pictures.states.indices.map { row in columns.map { $0?[row] ?? 0 } }
      let found = try result(of: scores)
      return Result(
        areas: zip(found.areas, columns).map { $1 == nil ? nil : $0 }, accuracy: found.accuracy,
        exclusiveCount: found.exclusiveCount)
    }
  }

  /// The log odds of a label for every picture; nil where there is one side only to learn from.
  private func column(of label: Int, from train: KnownPictures, c: Double) throws -> [Float]? {
    let rows = train.states.indices.filter {
      countsUnknownAsAbsent || train.states[$0][label] != 0
    }
    let targets = rows.map { train.states[$0][label] > 0 ? 1 : 0 }
    guard Set(targets).count == 2 else { return nil }
    let known = try train.selecting(rows).embeddings
    let probe = try LinearProbe(known, labels: targets, labelCount: 2, c: c)
    let asked = pictures.embeddings
    let scores = try probe.scores(asked, labels: Array(repeating: 0, count: asked.count))
    return (0..<asked.count).map { row in
      let pair = Array(scores[row])
      return Float(
        log(Double(max(pair[1], .leastNormalMagnitude)))
          - log(Double(max(pair[0], .leastNormalMagnitude))))
    }
  }
}
