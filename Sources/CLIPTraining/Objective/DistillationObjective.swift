package import Torch

/// What a student is told by a teacher beyond the labels.
///
/// Sources: `cn_clip/training/train.py`, `cosineSimilarityLoss` (features); Hinton et al.,
/// *Distilling the Knowledge in a Neural Network*, 2015, equation 2 (scores).
package struct DistillationObjective {
  let weights: DistillationConfiguration
  let teacherScale: Double

  /// The weighted sum over some rows of a batch.
  ///
  /// - Parameters:
  ///   - pairs: the whole batch, with the teacher's features.
  ///   - rows: the rows of this worker.
  ///   - imageToText: the student's logits, `[rows, batch]`.
  ///   - textToImage: the student's logits, `[rows, batch]`.
  /// - Returns: a scalar that gradients flow through.
  /// - Throws: `TorchError` when the device fails.
  func callAsFunction(
    _ pairs: ContrastiveObjective.Pairs, rows: Range<Int>, imageToText: Tensor, textToImage: Tensor
  ) throws(TorchError) -> Tensor {
    var total = try Tensor.zeros([], device: pairs.images.device)
    if weights.imageWeight > 0, let teacher = pairs.teacherImages {
      total =
        try total
        + Self.distance(pairs.images.sliced(rows), teacher.sliced(rows)) * weights.imageWeight
    }
    if weights.textWeight > 0, let teacher = pairs.teacherTexts {
      total =
        try total
        + Self.distance(pairs.texts.sliced(rows), teacher.sliced(rows)) * weights.textWeight
    }
    if weights.logitWeight > 0, let images = pairs.teacherImages, let texts = pairs.teacherTexts {
      let scores = try GlobalInteraction()(rows: rows, images: images, texts: texts)
      func entropy(_ taught: Tensor, _ logits: Tensor) throws(TorchError) -> Tensor {
        try TargetMatrix(probabilities: (taught * teacherScale).softmax(axis: 1))
          .crossEntropy(logits)
      }
      let both =
        try entropy(scores.imageToText, imageToText)
        + entropy(scores.textToImage, textToImage)
      total = try total + both * (0.5 * weights.logitWeight)
    }
    return total
  }

  /// Σ (1 - cosine) over rows.
  ///
  /// Where the teacher's features are longer or shorter, the student's are stretched like a
  /// one-channel picture, as the original does.
  package static func distance(_ student: Tensor, _ teacher: Tensor) throws(TorchError) -> Tensor {
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
