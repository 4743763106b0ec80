/// What is minimised.
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

  /// Which pairs of a batch belong together.
  public var positives: Positives
  /// Which pairs are compared.
  public var negatives: Negatives
  /// The share of each target that is spread over the whole batch.
  public var labelSmoothing: Double
  /// The bounds of `logit_scale`, the logarithm of 1 / temperature.
  public var logitScaleRange: [Double]
  /// Another model to learn from; nil: none.
  public var distillation: DistillationConfiguration?

  /// Chinese-CLIP's objective, with equal captions and pictures counted as belonging together.
  public init() {
    positives = .duplicates
    negatives = .global
    labelSmoothing = 0
    logitScaleRange = [0, 4.6052]
  }

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: CodingKeys.self)
    positives = try container.value(.positives, or: positives)
    negatives = try container.value(.negatives, or: negatives)
    labelSmoothing = try container.value(.labelSmoothing, or: labelSmoothing)
    logitScaleRange = try container.value(.logitScaleRange, or: logitScaleRange)
    distillation = try container.decodeIfPresent(
      DistillationConfiguration.self, forKey: .distillation)
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

  /// Keys that are missing have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(teacher: try container.decode(String.self, forKey: .teacher))
    checkpoint = try container.decodeIfPresent(String.self, forKey: .checkpoint)
    imageWeight = try container.value(.imageWeight, or: imageWeight)
    textWeight = try container.value(.textWeight, or: textWeight)
    logitWeight = try container.value(.logitWeight, or: logitWeight)
  }
}
