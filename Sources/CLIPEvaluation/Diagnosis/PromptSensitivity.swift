import CLIPModels

/// How much the wording around a label matters.
public struct PromptSensitivity: Sendable, Codable {
  /// One template alone.
  public struct Entry: Sendable, Codable {
    /// The template.
    public let template: String
    /// Share of pictures named rightly with it.
    public let accuracy: Double
  }

  /// All templates, best first.
  public let templates: [Entry]
  /// Share of pictures named rightly with all together.
  public let ensemble: Double
  /// The standard deviation over templates.
  public let deviation: Double

  /// Tries every template alone.
  ///
  /// - Throws: ``EvaluationError``, and what the model throws.
  init(_ evaluation: ZeroShotEvaluation, _ pictures: EmbeddedPictures, _ model: CLIP) throws {
    ensemble = try evaluation.score(pictures, model).top1
    var evaluation = evaluation
    templates = try evaluation.prompts.templates.map { template in
      evaluation.prompts = try PromptSet(name: template.text, templates: [template])
      return Entry(
        template: template.text, accuracy: try evaluation.score(pictures, model).top1)
    }.sorted { $0.accuracy > $1.accuracy }
    deviation = Spread(templates.map(\.accuracy)).deviation
  }
}
