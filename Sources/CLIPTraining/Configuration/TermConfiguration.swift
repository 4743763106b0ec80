public import CLIPModels

/// One term of an objective, as a run file writes it.
public struct TermConfiguration: Codable, Hashable, Sendable {
  /// What is made of scores, or of features and a teacher's.
  public enum Loss: Hashable, Sendable {
    case softmax(imageToText: Double, textToImage: Double)
    case sigmoid
    case distance(PairSide, of: DistanceTerm.Distance)
    case similarities(PairSide)
  }

  /// Which answers are right.
  public enum Target: Hashable, Sendable {
    case identity
    case duplicates
    case labels(LabelsTarget.Similarity)
    case teacher

    var rule: any TargetRule {
      switch self {
      case .identity: IdentityTarget()
      case .duplicates: DuplicatesTarget()
      case .labels(let similarity): LabelsTarget(similarity)
      case .teacher: TeacherTarget()
      }
    }
  }

  /// What is made of scores, or of features and a teacher's.
  public var loss: Loss
  /// How much the term counts.
  public var weight: Double
  /// Which answers are right.
  public var target: Target
  /// The share of each target that is spread over the whole batch.
  public var labelSmoothing: Double
  /// A fixed multiplier of scores; nil: the model's own scale.
  public var scale: Double?
  /// How pictures and texts are compared in this term; nil: as the model does.
  public var interaction: InteractionConfiguration?

  /// CLIP's term, unless something else is named.
  public init(
    _ loss: Loss = .softmax(imageToText: 0.5, textToImage: 0.5), weight: Double = 1,
    target: Target = .duplicates, labelSmoothing: Double = 0, scale: Double? = nil,
    interaction: InteractionConfiguration? = nil
  ) {
    self.loss = loss
    self.weight = weight
    self.target = target
    self.labelSmoothing = labelSmoothing
    self.scale = scale
    self.interaction = interaction
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    loss = try container.decode(Loss.self, forKey: .loss)
    weight = try container.value(.weight, or: weight)
    target = try container.value(.target, or: target)
    labelSmoothing = try container.value(.labelSmoothing, or: labelSmoothing)
    scale = try container.decodeIfPresent(forKey: .scale)
    interaction = try container.decodeIfPresent(forKey: .interaction)
  }

  /// What cosines of the student's features with the teacher's are multiplied by if no scale is named.
  private static let similarityScale = 20.0

  /// The term itself.
  var term: any ObjectiveTerm {
    func compared(_ loss: any ScoreLoss) -> any ObjectiveTerm {
      ScoreTerm(
        loss, target: target.rule, labelSmoothing: labelSmoothing,
        interaction: interaction?.interaction, scale: scale)
    }
    return switch loss {
    case .softmax(let imageToText, let textToImage):
      compared(SoftmaxLoss(imageToText: imageToText, textToImage: textToImage))
    case .sigmoid: compared(SigmoidLoss())
    case .distance(let side, let distance): DistanceTerm(side, by: distance)
    case .similarities(let side): SimilarityTerm(side, scale: scale ?? Self.similarityScale)
    }
  }

  /// What keeps the term from being computed; nil if nothing does.
  package var problem: String? {
    guard weight >= 0, weight.isFinite else { return "must have a weight of 0 or more" }
    guard (0..<1).contains(labelSmoothing) else { return "must have label_smoothing in 0 ..< 1" }
    guard scale.map({ $0 > 0 && $0.isFinite }) ?? true else { return "must have a scale above 0" }
    if let problem = interaction?.problem {
      return "has an interaction that is not possible: \(problem)"
    }
    if case .tokenwise(let tokenwise) = interaction, tokenwise.keep < 1 {
      return "has an interaction that keeps a share of the tokens: only the model's own may"
    }
    switch loss {
    case .softmax(let imageToText, let textToImage):
      return [imageToText, textToImage].allSatisfy { $0 >= 0 && $0.isFinite }
        && imageToText + textToImage > 0 ? nil : "must have directions of 0 or more, one above"
    case .sigmoid:
      guard target == .identity || target == .duplicates, labelSmoothing == 0 else {
        return "says yes or no: its target must be 'identity' or 'duplicates', not smoothed"
      }
    case .distance:
      guard target == .duplicates, labelSmoothing == 0, scale == nil, interaction == nil else {
        return "is a distance, which has no target, smoothing, scale or interaction"
      }
    case .similarities:
      guard target == .duplicates, labelSmoothing == 0, interaction == nil else {
        return "compares with the teacher's features: it has no target, smoothing or interaction"
      }
    }
    return nil
  }
}

extension TermConfiguration.Loss: Codable {
  private struct Directions: Codable { var imageToText, textToImage: Double }
  private struct Distance: Codable {
    var side: PairSide
    var of: DistanceTerm.Distance
  }
  private struct Similarities: Codable { var side: PairSide }

  /// Reads `"softmax"`, `{"softmax": {"image_to_text": 0.75, "text_to_image": 0.25}}`, `"sigmoid"`,
  /// `{"distance": {"side": "image", "of": "cosine"}}` or `{"similarities": {"side": "text"}}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a loss")
    switch choice.name {
    case "softmax":
      let directions = try choice.numbersIfPresent(Directions.self)
      self = .softmax(
        imageToText: directions?.imageToText ?? 0.5, textToImage: directions?.textToImage ?? 0.5)
    case "sigmoid": self = .sigmoid
    case "distance":
      let distance = try choice.numbers(Distance.self)
      self = .distance(distance.side, of: distance.of)
    case "similarities":
      self = .similarities(try choice.numbers(Similarities.self).side)
    default: throw choice.unknown(known: "softmax", "sigmoid", "distance", "similarities")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .softmax(let imageToText, let textToImage):
      try encoder.encodeChoice(
        "softmax", Directions(imageToText: imageToText, textToImage: textToImage))
    case .sigmoid: try encoder.encodeChoice("sigmoid")
    case .distance(let side, let distance):
      try encoder.encodeChoice("distance", Distance(side: side, of: distance))
    case .similarities(let side):
      try encoder.encodeChoice("similarities", Similarities(side: side))
    }
  }
}

extension TermConfiguration.Target: Codable {
  private struct Labels: Codable { var by: LabelsTarget.Similarity }

  /// Reads `"identity"`, `"duplicates"`, `"labels"`, `{"labels": {"by": "cosine"}}` or `"teacher"`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a target")
    switch choice.name {
    case "identity": self = .identity
    case "duplicates": self = .duplicates
    case "labels": self = .labels(try choice.numbersIfPresent(Labels.self)?.by ?? .dot)
    case "teacher": self = .teacher
    default: throw choice.unknown(known: "identity", "duplicates", "labels", "teacher")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .identity: try encoder.encodeChoice("identity")
    case .duplicates: try encoder.encodeChoice("duplicates")
    case .labels(let similarity): try encoder.encodeChoice("labels", Labels(by: similarity))
    case .teacher: try encoder.encodeChoice("teacher")
    }
  }
}
