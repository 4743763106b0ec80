public import CLIPModels
public import Foundation

/// What a model cannot do, measured on a data set and on pictures drawn for the purpose.
public struct Diagnosis: Sendable, Codable {
  /// The model's name.
  public let model: String
  /// The data set's name.
  public let dataset: String
  /// Pictures that were read.
  public let images: Int
  /// Labels.
  public let classes: Int
  /// Share of pictures named rightly.
  public let top1: Double
  /// How much the wording matters.
  public let prompts: PromptSensitivity
  /// Whether it hears a negation.
  public let negation: NegationProbe
  /// Whether it knows what belongs to what.
  public let composition: CompositionProbe
  /// Whether its probabilities mean what they say, with its own scale.
  public let calibration: Calibration
  /// The same with the scale that fits the data set.
  public let fitted: Calibration
  /// The cosine from which on a label is to be believed; nil where nothing was named rightly.
  public let minimumScore: MinimumScore?
  /// Labels that are nearly one to it.
  public let collisions: TextCollisions
  /// Pictures that answer everything.
  public let hubness: Hubness

  /// Measures everything.
  ///
  /// - Parameters:
  ///   - evaluation: the data set and the templates.
  ///   - pictures: the data set's pictures, embedded by the model.
  ///   - model: the model.
  ///   - set: the pictures and sentences with swaps.
  ///   - progress: called with what comes next.
  /// - Throws: ``EvaluationError``, and what the model throws.
  public init(
    _ evaluation: ZeroShotEvaluation, _ pictures: EmbeddedPictures, model: CLIP,
    composition set: CompositionSet = CompositionSet(), progress: (String) -> Void = { _ in }
  ) throws {
    let labels = evaluation.data.labels
    progress("templates")
    let result = try evaluation.score(pictures, model)
    self.model = model.name
    dataset = evaluation.data.name
    images = pictures.labels.count
    classes = labels.count
    top1 = result.top1
    prompts = try PromptSensitivity(evaluation, pictures, model)
    progress("negation")
    negation = try NegationProbe(pictures, labels: labels, model)
    progress("composition")
    composition = try CompositionProbe(set, model)
    progress("calibration")
    calibration = try Calibration(result.cosines, scale: Double(model.logitScale))
    fitted = try Calibration(
      result.cosines, scale: Calibration.fittedScale(result.cosines))
    minimumScore = result.minimumScore
    progress("collisions and hubs")
    let vectors = try ZeroShotClassifier(
      labels: labels, prompts: evaluation.prompts, ensemble: .meanEmbedding, model: model
    ).prompts
    collisions = TextCollisions(labels, vectors)
    hubness = try Hubness(pictures, labels: labels, vectors: vectors)
  }

  /// The report for programs, keys sorted.
  ///
  /// - Throws: what encoding throws.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
