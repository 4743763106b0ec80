package import Torch

/// Symmetric InfoNCE: a soft cross-entropy both ways against a target matrix.
///
/// Sources: Radford et al., 2021, figure 3; `cn_clip/training/train.py`, `get_loss`. With the
/// identity as target it is the original's loss; with labels that repeat, its generalisation.
package struct ContrastiveObjective: Sendable {
  let configuration: ObjectiveConfiguration
  let interaction: any Interaction

  package init(
    configuration: ObjectiveConfiguration, interaction: any Interaction = GlobalInteraction()
  ) {
    self.configuration = configuration
    self.interaction = interaction
  }

  /// What belongs to the pairs of a whole batch, gathered over workers.
  package struct Pairs {
    /// Unit features, `[batch, dimension]`, `float32`.
    package let images: Tensor
    package let texts: Tensor
    /// `[batch]`, `int64`.
    package let imageKeys: Tensor
    package let textKeys: Tensor
    /// The teacher's unit features, if there is one.
    package let teacherImages: Tensor?
    package let teacherTexts: Tensor?

    package init(
      images: Tensor, texts: Tensor, imageKeys: Tensor, textKeys: Tensor,
      teacherImages: Tensor? = nil, teacherTexts: Tensor? = nil
    ) {
      self.images = images
      self.texts = texts
      self.imageKeys = imageKeys
      self.textKeys = textKeys
      self.teacherImages = teacherImages
      self.teacherTexts = teacherTexts
    }

    var count: Int { images.shape[0] }
  }

  /// A part of the batch's loss; the parts of all rows add up to the whole.
  package struct Part {
    /// A scalar that gradients flow through.
    package let loss: Tensor
    /// Rows whose best answer was right, both ways.
    package let imageToTextCorrect: Tensor
    package let textToImageCorrect: Tensor
  }

  /// The share of some rows in the loss of a batch, which is the mean over its rows.
  ///
  /// - Parameters:
  ///   - pairs: the whole batch.
  ///   - rows: the rows of this worker.
  ///   - scale: what cosines are multiplied by, a scalar.
  ///   - teacherScale: the same of the teacher.
  /// - Returns: the part, with how many rows it got right.
  /// - Throws: `TorchError` when the shapes disagree.
  package func callAsFunction(
    _ pairs: Pairs, rows: Range<Int>, scale: Tensor, teacherScale: Double = 1
  ) throws(TorchError) -> Part {
    let scores = try interaction(rows: rows, images: pairs.images, texts: pairs.texts)
    let imageToText = try scores.imageToText * scale
    let textToImage = try scores.textToImage * scale
    let plain = try target(pairs, rows)
    let target = try plain.smoothed(by: configuration.labelSmoothing)
    let share = 1 / Double(pairs.count)
    var loss =
      try (target.crossEntropy(imageToText) + target.crossEntropy(textToImage)) * (0.5 * share)
    if let distillation = configuration.distillation {
      let taught = try DistillationObjective(weights: distillation, teacherScale: teacherScale)(
        pairs, rows: rows, imageToText: imageToText, textToImage: textToImage)
      loss = try loss + taught * share
    }
    return try withoutGradients { () throws(TorchError) in
      Part(
        loss: loss, imageToTextCorrect: try plain.correctCount(imageToText),
        textToImageCorrect: try plain.correctCount(textToImage))
    }
  }

  private func target(_ pairs: Pairs, _ rows: Range<Int>) throws(TorchError) -> TargetMatrix {
    switch configuration.positives {
    case .identity: try .identity(rows: rows, of: pairs.count, device: pairs.images.device)
    case .duplicates:
      try .duplicates(rows: rows, imageKeys: pairs.imageKeys, textKeys: pairs.textKeys)
    }
  }
}
