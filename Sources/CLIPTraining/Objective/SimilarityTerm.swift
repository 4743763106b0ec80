import CLIPModels
import Torch

/// A term by which a student sees a teacher's batch as the teacher sees it: how near each of its
/// features lies to every feature of the teacher is taught as a distribution.
///
/// Where the distance of two vectors says how far each is from its own goal, this says also which
/// goals it must not be taken for: the others of the batch.
///
/// Source: Fang et al., *SEED: Self-supervised Distillation for Visual Representation*, 2021,
/// equation 5, with the teacher's batch in place of its queue.
public struct SimilarityTerm: ObjectiveTerm {
  /// Whose features are compared.
  public var side: PairSide
  /// What cosines are multiplied by before the softmax: one over the temperature.
  public var scale: Double

  /// Names the two.
  public init(_ side: PairSide, scale: Double) {
    self.side = side
    self.scale = scale
  }

  /// A teacher's features of the side.
  public var needs: ObjectiveNeeds { side == .image ? .taughtImages : .taughtTexts }

  /// The sum over some rows of the cross-entropy between the teacher's distribution and the student's.
  ///
  /// - Throws: ``TrainingError/objective(_:)`` where a side has no features or the teacher's are of
  ///   another size; `TorchError`.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> TermValue {
    let (student, teacher) = try DistanceTerm.features(of: side, batch)
    let goals = teacher.embedding
    guard student.embedding.shape[1] == goals.shape[1] else {
      throw TrainingError.objective(
        "similarities need features of one size, but the student's have "
          + "\(student.embedding.shape[1]) numbers and the teacher's \(goals.shape[1])")
    }
    let columns = try goals.transposed() * scale
    let target = TargetMatrix(
      probabilities: try goals.sliced(rows).matmul(columns).softmax(axis: 1))
    return TermValue(
      loss: try target.crossEntropy(student.embedding.sliced(rows).matmul(columns)))
  }
}
