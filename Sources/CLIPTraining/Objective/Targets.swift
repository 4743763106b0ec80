import CLIPModels
public import Torch

/// Which answers are right for some pairs, both ways: the two differ where labels decide.
public struct Targets: Sendable {
  /// `[rows, texts]`.
  public var imageToText: TargetMatrix
  /// `[rows, images]`.
  public var textToImage: TargetMatrix

  /// Names the two.
  public init(imageToText: TargetMatrix, textToImage: TargetMatrix) {
    self.imageToText = imageToText
    self.textToImage = textToImage
  }

  /// The same both ways.
  public init(_ both: TargetMatrix) {
    self.init(imageToText: both, textToImage: both)
  }

  /// These with a share of each row spread over the whole batch.
  public func smoothed(by share: Double) throws(TorchError) -> Targets {
    guard share > 0 else { return self }
    return Targets(
      imageToText: try imageToText.smoothed(by: share),
      textToImage: try textToImage.smoothed(by: share))
  }
}

/// Decides which answers are right.
public protocol TargetRule: Sendable {
  /// What it asks for beside keys.
  var needs: ObjectiveNeeds { get }

  /// - Parameters:
  ///   - batch: the whole batch.
  ///   - rows: the rows that ask.
  /// - Returns: targets, each `[rows, batch]`.
  /// - Throws: ``TrainingError/objective(_:)`` for facts that the batch lacks; `TorchError`.
  func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Targets
}

extension TargetRule {
  /// Nothing.
  public var needs: ObjectiveNeeds { [] }
}

/// Each picture with its own caption alone.
public struct IdentityTarget: TargetRule {
  /// There is nothing to choose.
  public init() {}

  /// Ones on the diagonal.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Targets {
    Targets(try .identity(rows: rows, of: batch.count, device: batch.device))
  }
}

/// Every pair with an equal picture or an equal caption, in equal shares.
public struct DuplicatesTarget: TargetRule {
  /// There is nothing to choose.
  public init() {}

  /// 1 over the number of positives.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Targets {
    Targets(
      try .duplicates(rows: rows, imageKeys: batch.imageKeys, textKeys: batch.textKeys))
  }
}

/// Pictures and texts whose labels agree, the more the likelier: softmax of the labels' similarity.
///
/// Source: Wang et al., *MedCLIP*, 2022, equations 1 to 3; `medclip/losses.py` takes the dot product
/// where the paper writes the cosine.
public struct LabelsTarget: TargetRule {
  /// How two rows of labels are compared.
  public enum Similarity: String, Codable, Hashable, Sendable {
    /// As the released code does.
    case dot
    /// As the paper writes.
    case cosine
  }

  /// How two rows of labels are compared.
  public var similarity: Similarity

  /// Names the similarity.
  public init(_ similarity: Similarity = .dot) {
    self.similarity = similarity
  }

  /// A softmax over texts for every picture, and one over pictures for every text.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Targets {
    guard let images = batch.imageLabels, let texts = batch.textLabels else {
      throw TrainingError.objective("the target 'labels' needs samples with labels")
    }
    let both =
      similarity == .dot ? (images, texts) : (try images.normalized(), try texts.normalized())
    func rule(_ asking: Tensor, _ answers: Tensor) throws(TorchError) -> TargetMatrix {
      TargetMatrix(
        probabilities: try asking.sliced(rows).matmul(answers.transposed()).softmax(axis: 1))
    }
    return Targets(
      imageToText: try rule(both.0, both.1), textToImage: try rule(both.1, both.0))
  }
}

/// What a teacher holds for right.
///
/// Source: Hinton et al., *Distilling the Knowledge in a Neural Network*, 2015, equation 2.
public struct TeacherTarget: TargetRule {
  /// There is nothing to choose.
  public init() {}

  /// Features of both sides.
  public var needs: ObjectiveNeeds { [.taughtImages, .taughtTexts] }

  /// The softmax of the teacher's own logits.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> Targets {
    guard let teacher = batch.teacher, let images = teacher.images, let texts = teacher.texts else {
      throw TrainingError.objective("the target 'teacher' needs a teacher of pictures and texts")
    }
    let scores = try teacher.interaction(rows: rows, images: images, texts: texts)
    func rule(_ scores: Tensor) throws(TorchError) -> TargetMatrix {
      TargetMatrix(probabilities: try (scores * teacher.scale).softmax(axis: 1))
    }
    return Targets(
      imageToText: try rule(scores.imageToText), textToImage: try rule(scores.textToImage))
  }
}
