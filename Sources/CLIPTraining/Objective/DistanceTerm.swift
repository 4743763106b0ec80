import CLIPModels
package import Torch

/// A term that draws a side's features to a teacher's.
public struct DistanceTerm: ObjectiveTerm {
  /// How far two vectors are from each other.
  public enum Distance: String, Codable, Hashable, Sendable {
    /// 1 - cosine. Source: `cn_clip/training/train.py`, `cosineSimilarityLoss`.
    case cosine
    /// The mean squared difference of the vectors as the encoders give them, not of unit length.
    /// Source: Carlsson et al., *Cross-lingual and Multilingual CLIP*, 2022.
    case squared
  }

  /// Whose features are compared.
  public var side: PairSide
  /// How.
  public var distance: Distance

  /// Names the two.
  public init(_ side: PairSide, by distance: Distance) {
    self.side = side
    self.distance = distance
  }

  /// A teacher's features of the side, and raw ones for the squared distance.
  public var needs: ObjectiveNeeds {
    let taught: ObjectiveNeeds = side == .image ? .taughtImages : .taughtTexts
    return distance == .squared ? taught.union(.raw) : taught
  }

  /// The sum of the distances of some rows.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> TermValue {
    let (student, teacher) = try Self.features(of: side, batch)
    switch distance {
    case .cosine:
      return TermValue(
        loss: try Self.cosine(student.embedding.sliced(rows), teacher.embedding.sliced(rows)))
    case .squared:
      guard let own = student.raw, let taught = teacher.raw else {
        throw TrainingError.objective("the squared distance needs features of any length")
      }
      guard own.shape[1] == taught.shape[1] else {
        throw TrainingError.objective(
          "the squared distance needs features of one size, but the student's have "
            + "\(own.shape[1]) numbers and the teacher's \(taught.shape[1])")
      }
      let difference = try own.sliced(rows) - taught.sliced(rows)
      return TermValue(loss: try (difference * difference).mean(axis: 1).sum())
    }
  }

  /// What a side's features are drawn to.
  ///
  /// - Throws: ``TrainingError/objective(_:)`` where either is missing.
  static func features(
    of side: PairSide, _ batch: ObjectiveBatch
  ) throws -> (student: Features, teacher: Features) {
    let (student, teacher) =
      side == .image
      ? (batch.images, batch.teacher?.images) : (batch.texts, batch.teacher?.texts)
    guard let student, let teacher else {
      throw TrainingError.objective(
        "a term draws \(side.rawValue) features to a teacher's, but "
          + (student == nil ? "the samples have none" : "there is no teacher of them"))
    }
    return (student, teacher)
  }

  /// Σ (1 - cosine) over rows.
  ///
  /// Where the teacher's features are longer or shorter, the student's are
  /// stretched like a one-channel picture, as the original does.
  package static func cosine(_ student: Tensor, _ teacher: Tensor) throws(TorchError) -> Tensor {
    let (rows, width) = (student.shape[0], teacher.shape[1])
    let fitted =
      student.shape[1] == width
      ? student
      : try student.unsqueezed(0).unsqueezed(0)
        .resizedBilinear(height: rows, width: width, alignCorners: false).reshaped(rows, width)
    let cosines = try (fitted.normalized() * teacher.normalized()).sum(axis: 1)
    return try -cosines.sum() + Double(rows)
  }
}
