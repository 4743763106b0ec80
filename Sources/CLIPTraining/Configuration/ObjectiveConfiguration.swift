import CLIPModels

/// What is minimised.
///
/// Either a list of terms, or the short form: CLIP's loss, and what a teacher adds to it.
public struct ObjectiveConfiguration: Codable, Hashable, Sendable {
  /// Which pairs of a batch belong together.
  public enum Positives: String, Codable, Hashable, Sendable {
    /// Also those with an equal picture or an equal caption.
    case duplicates
    /// Each picture with its own caption alone, as in the original.
    case identity
  }

  /// Which captions a picture is compared with, and the other way round.
  public enum Negatives: String, Codable, Hashable, Sendable {
    /// Those of all workers.
    case global
    /// Those of its own worker, as with the original's `--skip-aggregate`.
    case local
  }

  /// Which pairs of a batch belong together, in the short form.
  public var positives: Positives
  /// Which pairs are compared.
  public var negatives: Negatives
  /// The share of each target that is spread over the whole batch, in the short form.
  public var labelSmoothing: Double
  /// The bounds of the logarithm of what cosines are multiplied by, `logit_scale`.
  public var logitScaleRange: [Double]
  /// Another model to learn from, in the short form; nil: none.
  public var distillation: DistillationConfiguration?
  /// The terms in full; nil: the short form.
  public var terms: [TermConfiguration]?
  /// Who the terms learn from; nil: nobody.
  public var teacher: TeacherConfiguration?

  /// Chinese-CLIP's objective, with equal captions and pictures counted as belonging together.
  public init() {
    positives = .duplicates
    negatives = .global
    labelSmoothing = 0
    logitScaleRange = [0, 4.6052]
  }

  private enum CodingKeys: String, CodingKey {
    case positives, negatives, labelSmoothing, logitScaleRange, distillation, terms, teacher
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: CodingKeys.self)
    positives = try container.value(.positives, or: positives)
    negatives = try container.value(.negatives, or: negatives)
    labelSmoothing = try container.value(.labelSmoothing, or: labelSmoothing)
    logitScaleRange = try container.value(.logitScaleRange, or: logitScaleRange)
    distillation = try container.decodeIfPresent(forKey: .distillation)
    terms = try container.decodeIfPresent(forKey: .terms)
    teacher = try container.decodeIfPresent(forKey: .teacher)
    let short: [(CodingKeys, String)] = [
      (.positives, "positives"), (.labelSmoothing, "label_smoothing"),
      (.distillation, "distillation"),
    ]
    if terms != nil, let (_, name) = short.first(where: { container.contains($0.0) }) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "'\(name)' belongs to the short form; with 'terms' each term says it"))
    }
    if terms == nil, teacher != nil {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "'teacher' needs 'terms'; the short form names it in 'distillation'"))
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let isShort = terms == nil || encoder.writesEveryKey
    try container.encode(positives, forKey: .positives, if: isShort)
    try container.encode(negatives, forKey: .negatives)
    try container.encode(labelSmoothing, forKey: .labelSmoothing, if: isShort)
    try container.encode(logitScaleRange, forKey: .logitScaleRange)
    try container.encodeIfPresent(distillation, forKey: .distillation)
    try container.encodeIfPresent(terms, forKey: .terms)
    try container.encodeIfPresent(teacher, forKey: .teacher)
  }

  /// The terms, whichever form named them.
  public var allTerms: [TermConfiguration] {
    if let terms { return terms }
    var all = [
      TermConfiguration(
        target: positives == .identity ? .identity : .duplicates, labelSmoothing: labelSmoothing)
    ]
    guard let distillation else { return all }
    all += [
      TermConfiguration(.distance(.image, of: .cosine), weight: distillation.imageWeight),
      TermConfiguration(.distance(.text, of: .cosine), weight: distillation.textWeight),
      TermConfiguration(weight: distillation.logitWeight, target: .teacher),
    ]
    return all
  }

  /// Who is learned from, whichever form named them.
  var anyTeacher: TeacherConfiguration? {
    teacher
      ?? distillation.map { TeacherConfiguration(model: $0.teacher, checkpoint: $0.checkpoint) }
  }

  /// The objective itself.
  public var objective: Objective {
    Objective(allTerms.map { ($0.weight, $0.term) }, negatives: negatives)
  }
}

/// Learning from another model's features and scores.
public struct DistillationConfiguration: Codable, Hashable, Sendable {
  /// A preset, a checkpoint file or a model folder.
  public var teacher: String
  /// The weights of a preset, a `.pt` file.
  public var checkpoint: String?
  /// How much 1 - cosine between image features counts; 0.5 in the original.
  public var imageWeight: Double
  /// How much 1 - cosine between text features counts.
  public var textWeight: Double
  /// How much the cross-entropy against the teacher's own probabilities counts.
  public var logitWeight: Double

  /// The original's distillation: image features alone.
  public init(teacher: String) {
    self.teacher = teacher
    imageWeight = 0.5
    textWeight = 0
    logitWeight = 0
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(teacher: try container.decode(String.self, forKey: .teacher))
    checkpoint = try container.decodeIfPresent(String.self, forKey: .checkpoint)
    imageWeight = try container.value(.imageWeight, or: imageWeight)
    textWeight = try container.value(.textWeight, or: textWeight)
    logitWeight = try container.value(.logitWeight, or: logitWeight)
  }
}
