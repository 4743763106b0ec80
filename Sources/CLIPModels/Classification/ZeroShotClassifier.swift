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
    ///
    /// In a model with a bias they are each label's own probabilities.
    public let probabilities: [Float]
    /// How near the label is, −1 to 1: the mean of the templates' scores, the largest one for
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
  /// How scores become probabilities.
  public let scale: LogitScale
  /// How pictures are compared with sentences: as the model does it.
  public let interaction: any Interaction
  /// The label vectors that pictures are compared with, `[labels · templatesPerLabel]`, unit length.
  public let prompts: Embeddings
  private let templateCount: Int
  private let features: Features

  /// Embeds the labels' sentences with a model.
  ///
  /// - Parameters:
  ///   - labels: at least one.
  ///   - prompts: the templates.
  ///   - ensemble: how templates become one answer.
  ///   - model: what embeds, and what pictures must be embedded with.
  ///   - scale: what scores are multiplied by; by default the model's own factor.
  /// - Throws: ``ModelError``, also for a mean of vectors where the model compares tokens;
  ///   `TorchError` when the network cannot compute.
  public init(
    labels: [String], prompts: PromptSet, ensemble: PromptEnsemble = .meanEmbedding, model: CLIP,
    scale: Float? = nil
  ) throws {
    let sentences = Self.sentences(labels, prompts)
    let logits = LogitScale(multiplier: scale ?? model.logitScale, bias: model.logitBias)
    guard model.interaction.needsTokens else {
      try self.init(
        labels: labels, sentences: model.embed(texts: sentences), ensemble: ensemble, scale: logits)
      return
    }
    guard ensemble != .meanEmbedding || prompts.templates.count == 1 else {
      throw ModelError.prompts(
        source: "the model \(model.name)",
        problem: "it compares tokens, which a mean of sentences does not have; take another "
          + "ensemble than \(ensemble.rawValue)")
    }
    try self.init(
      labels: labels, features: model.features(texts: sentences), ensemble: ensemble,
      scale: logits, interaction: model.interaction)
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
  ///   - scale: how cosines become probabilities.
  /// - Throws: ``ModelError/prompts(source:problem:)`` when the numbers do not fit or a label's
  ///   sentences have no mean direction; `TorchError`.
  public init(
    labels: [String], sentences: Embeddings, ensemble: PromptEnsemble, scale: LogitScale
  ) throws {
    let perLabel = try Self.share(of: sentences.count, labels)
    let prompts =
      ensemble == .meanEmbedding ? try Self.means(of: sentences, each: perLabel, labels) : sentences
    try self.init(
      labels: labels,
      features: Features(
        embedding: Tensor(prompts.values, shape: [prompts.count, prompts.dimension])),
      ensemble: ensemble, scale: scale, interaction: GlobalInteraction())
  }

  private init(
    labels: [String], features: Features, ensemble: PromptEnsemble, scale: LogitScale,
    interaction: any Interaction
  ) throws {
    templateCount = try Self.share(of: features.count, labels)
    self.labels = labels
    self.ensemble = ensemble
    self.scale = scale
    self.interaction = interaction
    self.features = features
    prompts = Embeddings(
      dimension: features.embedding.shape[1],
      values: try withInferenceMode { try features.embedding.to(.float32).scalars(Float.self) })
  }

  private static func share(of sentences: Int, _ labels: [String]) throws(ModelError) -> Int {
    guard !labels.isEmpty, sentences > 0, sentences.isMultiple(of: labels.count) else {
      throw .prompts(
        source: "\(labels.count) labels",
        problem: "\(sentences) sentences cannot be shared out among them")
    }
    return sentences / labels.count
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
  /// - Throws: ``ModelError/unsupported(_:)`` where the model compares tokens; `TorchError` when the
  ///   dimensions disagree.
  public func callAsFunction(_ images: Embeddings) throws -> [Scores] {
    guard !interaction.needsTokens else {
      throw ModelError.unsupported(
        "pictures and labels are compared token by token; give the pictures' features")
    }
    guard images.count > 0 else { return [] }
    var scores: [Scores] = []
    scores.reserveCapacity(images.count)
    for start in stride(from: 0, to: images.count, by: 1024) {
      let count = min(1024, images.count - start)
      let rows = images.values[start * images.dimension..<(start + count) * images.dimension]
      scores += try self(
        Features(embedding: Tensor(Array(rows), shape: [count, images.dimension])))
    }
    return scores
  }

  /// Scores pictures by what their model compares, tokens for example.
  ///
  /// - Parameter images: of ``CLIP/features(images:)``, of the same model.
  /// - Returns: one entry for each picture.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ images: Features) throws -> [Scores] {
    let columns = features.count
    let scores: [Float] = try withInferenceMode {
      try interaction.imageToText(images, features).to(.float32).scalars()
    }
    return (0..<images.count).map { score(scores[$0 * columns..<($0 + 1) * columns]) }
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
      return Scores(probabilities: scale.probabilities(of: mean), cosines: mean)
    case .maximum:
      let largest = byLabel.map { $0.max() ?? 0 }
      return Scores(probabilities: scale.probabilities(of: largest), cosines: largest)
    case .meanProbability:
      var shares = [Float](repeating: 0, count: labels.count)
      for template in 0..<templateCount {
        let some = byLabel.map { $0[$0.startIndex + template] }
        for (label, share) in scale.probabilities(of: some).enumerated() {
          shares[label] += share / Float(templateCount)
        }
      }
      return Scores(probabilities: shares, cosines: mean)
    }
  }
}
