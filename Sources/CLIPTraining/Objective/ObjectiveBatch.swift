public import CLIPModels
public import Torch

/// A side of a pair.
public enum PairSide: String, Codable, Hashable, Sendable {
  case image
  case text
}

/// What a teacher says about a batch.
public struct TeacherFacts: Sendable {
  /// Its features of the pictures, if a term asks for them.
  public var images: Features?
  /// Its features of the texts, if a term asks for them.
  public var texts: Features?
  /// What its scores are multiplied by.
  public var scale: Double
  /// How it compares.
  public var interaction: any Interaction

  /// Joins the parts.
  public init(images: Features?, texts: Features?, scale: Double, interaction: any Interaction) {
    self.images = images
    self.texts = texts
    self.scale = scale
    self.interaction = interaction
  }
}

/// The pairs of a whole batch, gathered over workers: what an objective looks at.
public struct ObjectiveBatch {
  /// Unit features of the pictures, `float32`; nil for texts alone.
  public let images: Features?
  /// Unit features of the texts, `float32`; nil for pictures alone.
  public let texts: Features?
  /// `[batch]`, `int64`: equal for equal pictures.
  public let imageKeys: Tensor
  /// `[batch]`, `int64`: equal for equal captions.
  public let textKeys: Tensor
  /// `[batch, labels]`, `float32`: what is known of the pictures.
  public let imageLabels: Tensor?
  /// `[batch, labels]`, `float32`: what is known of the texts.
  public let textLabels: Tensor?
  /// What the teacher says.
  public let teacher: TeacherFacts?
  /// How the model compares.
  public let interaction: any Interaction
  /// The model's scale at this moment.
  public let scale: CurrentScale
  private let memory = ScoreMemory()

  /// Joins the parts; only features and the scale are needed by every term that compares.
  public init(
    images: Features?, texts: Features?, imageKeys: Tensor, textKeys: Tensor,
    imageLabels: Tensor? = nil, textLabels: Tensor? = nil, teacher: TeacherFacts? = nil,
    interaction: any Interaction = GlobalInteraction(), scale: CurrentScale
  ) {
    self.images = images
    self.texts = texts
    self.imageKeys = imageKeys
    self.textKeys = textKeys
    self.imageLabels = imageLabels
    self.textLabels = textLabels
    self.teacher = teacher
    self.interaction = interaction
    self.scale = scale
  }

  /// The number of pairs.
  public var count: Int { imageKeys.shape[0] }
  /// Where everything is.
  public var device: Device { imageKeys.device }

  /// The logits of some rows both ways, computed once for all terms that compare alike.
  ///
  /// - Parameters:
  ///   - rows: the rows that ask.
  ///   - interaction: nil: the model's own.
  ///   - scale: a fixed multiplier; nil: the model's own scale.
  /// - Returns: logits, each `[rows, batch]`.
  /// - Throws: ``TrainingError/objective(_:)`` where there are no pictures or no texts.
  public func logits(
    rows: Range<Int>, by interaction: (any Interaction)? = nil, scale: Double? = nil
  ) throws -> Scores {
    guard let images, let texts else {
      throw TrainingError.objective(
        "a term compares pictures with texts, but the samples have no "
          + (images == nil ? "pictures" : "texts"))
    }
    let interaction = interaction ?? self.interaction
    guard
      !interaction.needsTokens || interaction.normalizesTokens == self.interaction.normalizesTokens
    else {
      throw TrainingError.objective(
        "a term compares tokens "
          + (interaction.normalizesTokens ? "of unit length" : "as long as they are")
          + ", and the model's own interaction does not; give the model the term's interaction")
    }
    let key = ScoreMemory.Key(interaction: AnyHashable(interaction), rows: rows, scale: scale)
    if let known = memory.logits[key] { return known }
    let scores = try interaction(rows: rows, images: images, texts: texts)
    func scaled(_ scores: Tensor) throws(TorchError) -> Tensor {
      if let scale { try scores * scale } else { try self.scale(scores) }
    }
    let logits = Scores(
      imageToText: try scaled(scores.imageToText), textToImage: try scaled(scores.textToImage))
    memory.logits[key] = logits
    return logits
  }
}

/// Logits that were computed already; one thread's, as a step is.
private final class ScoreMemory {
  struct Key: Hashable {
    let interaction: AnyHashable
    let rows: Range<Int>
    let scale: Double?
  }
  var logits: [Key: Scores] = [:]
}
