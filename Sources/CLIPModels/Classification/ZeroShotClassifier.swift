import Torch

/// Sorts pictures by words that it was never trained on: labels become sentences, and a picture gets
/// the label whose sentences are nearest.
///
/// ```swift
/// let model = try CLIP.embedded()
/// let classifier = try ZeroShotClassifier(
///   labels: ["猫", "狗"], prompts: .bundled("general"), model: model)
/// let scores = try classifier(model.embed(images: [model.preprocessor(photo)]))[0]
/// print(classifier.labels[scores.best], scores.probabilities[scores.best])
/// ```
///
/// Source: Radford et al., 2021, section 3.1; `cn_clip/eval/zeroshot_evaluation.py`.
public struct ZeroShotClassifier: Sendable {
  /// What the classifier says of one picture; one number for each label.
  public struct Scores: Sendable, Hashable {
    /// Shares that sum to one, also where no label fits: they compare the labels alone.
    public let probabilities: [Float]
    /// How near the label is, −1 to 1: the mean of the templates' cosines, the largest one for
    /// ``PromptEnsemble/maximum``.
    public let cosines: [Float]

    /// The label with the largest probability, the first of equals.
    public var best: Int { ranking.first ?? 0 }
    /// The labels, best first; equals in their order.
    public var ranking: [Int] {
      probabilities.indices.sorted {
        probabilities[$0] != probabilities[$1]
          ? probabilities[$0] > probabilities[$1]
          : cosines[$0] != cosines[$1] ? cosines[$0] > cosines[$1] : $0 < $1
      }
    }
  }

  /// The multiplier of cosines in the original's scripts, whatever the model has learned.
  public static let originalScale: Float = 100

  /// The labels in their order.
  public let labels: [String]
  /// How templates become one answer.
  public let ensemble: PromptEnsemble
  /// What cosines are multiplied by before the softmax.
  public let scale: Float
  /// The label vectors that pictures are compared with, `[labels · templatesPerLabel]`, unit length.
  public let prompts: Embeddings
  private let templateCount: Int
  private let transposed: Tensor

  /// Embeds the labels' sentences with a model.
  ///
  /// - Parameters:
  ///   - labels: at least one.
  ///   - prompts: the templates.
  ///   - ensemble: how templates become one answer.
  ///   - model: what embeds, and what pictures must be embedded with.
  ///   - scale: what cosines are multiplied by; by default the model's own factor.
  /// - Throws: ``ModelError``, and `TorchError` when the network cannot compute.
  public init(
    labels: [String], prompts: PromptSet, ensemble: PromptEnsemble = .meanEmbedding, model: CLIP,
    scale: Float? = nil
  ) throws {
    let sentences = Self.sentences(labels, prompts)
    try self.init(
      labels: labels, sentences: model.embed(texts: sentences), ensemble: ensemble,
      scale: scale ?? model.logitScale)
  }

  /// The sentences of every label with every template, label by label.
  public static func sentences(_ labels: [String], _ prompts: PromptSet) -> [String] {
    labels.flatMap { label in prompts.templates.map { $0(label) } }
  }

  /// Joins labels and their embedded sentences.
  ///
  /// - Parameters:
  ///   - labels: at least one.
  ///   - sentences: as ``sentences(_:_:)`` orders them, unit length.
  ///   - ensemble: how templates become one answer.
  ///   - scale: what cosines are multiplied by before the softmax.
  /// - Throws: ``ModelError/prompts(source:problem:)`` when the numbers do not fit or a label's
  ///   sentences have no mean direction; `TorchError`.
  public init(
    labels: [String], sentences: Embeddings, ensemble: PromptEnsemble, scale: Float
  ) throws {
    guard !labels.isEmpty, sentences.count > 0, sentences.count.isMultiple(of: labels.count)
    else {
      throw ModelError.prompts(
        source: "\(labels.count) labels",
        problem: "\(sentences.count) sentences cannot be shared out among them")
    }
    self.labels = labels
    self.ensemble = ensemble
    self.scale = scale
    let perLabel = sentences.count / labels.count
    if ensemble == .meanEmbedding {
      prompts = try Self.means(of: sentences, each: perLabel, labels)
      templateCount = 1
    } else {
      prompts = sentences
      templateCount = perLabel
    }
    transposed = try Tensor(prompts.values, shape: [prompts.count, prompts.dimension]).transposed()
  }

  private static func means(
    of sentences: Embeddings, each count: Int, _ labels: [String]
  ) throws -> Embeddings {
    var values: [Float] = []
    values.reserveCapacity(labels.count * sentences.dimension)
    for (index, label) in labels.enumerated() {
      var sum = [Float](repeating: 0, count: sentences.dimension)
      for row in index * count..<(index + 1) * count {
        for (place, value) in sentences[row].enumerated() { sum[place] += value }
      }
      guard let mean = UnitVector.of(sum) else {
        throw ModelError.prompts(
          source: "the label '\(label)'", problem: "its sentences have no direction in common")
      }
      values += mean
    }
    return Embeddings(dimension: sentences.dimension, values: values)
  }

  /// Scores pictures.
  ///
  /// - Parameter images: embeddings of unit length, of the same model.
  /// - Returns: one entry for each picture.
  /// - Throws: `TorchError` when the dimensions disagree.
  public func callAsFunction(_ images: Embeddings) throws -> [Scores] {
    guard images.count > 0 else { return [] }
    let columns = prompts.count
    var scores: [Scores] = []
    scores.reserveCapacity(images.count)
    for start in stride(from: 0, to: images.count, by: 1024) {
      let count = min(1024, images.count - start)
      let rows = images.values[start * images.dimension..<(start + count) * images.dimension]
      let cosines: [Float] = try withInferenceMode {
        try Tensor(Array(rows), shape: [count, images.dimension]).matmul(transposed).scalars()
      }
      for row in 0..<count { scores.append(score(cosines[row * columns..<(row + 1) * columns])) }
    }
    return scores
  }

  /// `cosines` of one picture with every sentence, label by label.
  private func score(_ cosines: ArraySlice<Float>) -> Scores {
    let byLabel = labels.indices.map { label in
      let start = cosines.startIndex + label * templateCount
      return cosines[start..<start + templateCount]
    }
    let mean = byLabel.map { $0.reduce(0, +) / Float(templateCount) }
    switch ensemble {
    case .meanEmbedding, .meanSimilarity:
      return Scores(probabilities: Softmax.shares(of: mean, scale: scale), cosines: mean)
    case .maximum:
      let largest = byLabel.map { $0.max() ?? 0 }
      return Scores(probabilities: Softmax.shares(of: largest, scale: scale), cosines: largest)
    case .meanProbability:
      var shares = [Float](repeating: 0, count: labels.count)
      for template in 0..<templateCount {
        let some = byLabel.map { $0[$0.startIndex + template] }
        for (label, share) in Softmax.shares(of: some, scale: scale).enumerated() {
          shares[label] += share / Float(templateCount)
        }
      }
      return Scores(probabilities: shares, cosines: mean)
    }
  }
}
