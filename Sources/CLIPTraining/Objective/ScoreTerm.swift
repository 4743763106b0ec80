public import CLIPModels
public import Torch

/// A term that compares every picture with every text: loss × interaction × scale × target.
public struct ScoreTerm: ObjectiveTerm {
  /// What is made of logits and target.
  public var loss: any ScoreLoss
  /// Which answers are right.
  public var target: any TargetRule
  /// The share of each target that is spread over the whole batch.
  public var labelSmoothing: Double
  /// How pictures and texts are compared; nil: as the model does.
  public var interaction: (any Interaction)?
  /// A fixed multiplier of scores; nil: the model's own scale.
  public var scale: Double?

  /// Names the parts.
  public init(
    _ loss: any ScoreLoss, target: any TargetRule, labelSmoothing: Double = 0,
    interaction: (any Interaction)? = nil, scale: Double? = nil
  ) {
    self.loss = loss
    self.target = target
    self.labelSmoothing = labelSmoothing
    self.interaction = interaction
    self.scale = scale
  }

  /// Tokens, if the interaction compares them, and what the target looks at.
  public var needs: ObjectiveNeeds {
    target.needs.union(interaction?.needsTokens == true ? .tokens : [])
  }

  /// The loss of some rows, and how many have their best answer right.
  public func callAsFunction(_ batch: ObjectiveBatch, rows: Range<Int>) throws -> TermValue {
    let logits = try batch.logits(rows: rows, by: interaction, scale: scale)
    let plain = try target(batch, rows: rows)
    let loss = try loss(logits, plain.smoothed(by: labelSmoothing))
    return try withoutGradients {
      TermValue(
        loss: loss,
        correct: (
          try plain.imageToText.correctCount(logits.imageToText),
          try plain.textToImage.correctCount(logits.textToImage)
        ))
    }
  }
}

/// A loss of logits against targets, both ways.
public protocol ScoreLoss: Sendable {
  /// The sum over rows.
  ///
  /// - Parameters:
  ///   - logits: each `[rows, batch]`.
  ///   - targets: each `[rows, batch]`.
  /// - Returns: a scalar.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ logits: Scores, _ targets: Targets) throws(TorchError) -> Tensor
}

/// A soft cross-entropy each way: InfoNCE where the target is the identity.
///
/// Sources: Radford et al., 2021, figure 3; `cn_clip/training/train.py`, `get_loss`; with other
/// weights ConVIRT (Zhang et al., 2020, equation 4).
public struct SoftmaxLoss: ScoreLoss, Hashable {
  /// How much pictures that ask for texts count.
  public var imageToText: Double
  /// How much texts that ask for pictures count.
  public var textToImage: Double

  /// CLIP counts both ways half.
  public init(imageToText: Double = 0.5, textToImage: Double = 0.5) {
    self.imageToText = imageToText
    self.textToImage = textToImage
  }

  /// The weighted sum of both ways.
  public func callAsFunction(
    _ logits: Scores, _ targets: Targets
  ) throws(TorchError) -> Tensor {
    let images = try targets.imageToText.crossEntropy(logits.imageToText)
    let texts = try targets.textToImage.crossEntropy(logits.textToImage)
    guard imageToText != textToImage else { return try (images + texts) * imageToText }
    return try images * imageToText + texts * textToImage
  }
}

/// A yes or no for every picture and text: Σ log(1 + e^(-z·logit)), z = 1 for right answers, else -1.
///
/// Source: Zhai et al., *Sigmoid Loss for Language Image Pre-Training*, 2023, equation 1. Both ways
/// count half, which is the paper's loss where the two score matrices are each other's transpose.
public struct SigmoidLoss: ScoreLoss, Hashable {
  /// There is nothing to choose.
  public init() {}

  /// Half of each way.
  public func callAsFunction(
    _ logits: Scores, _ targets: Targets
  ) throws(TorchError) -> Tensor {
    func one(_ logits: Tensor, _ target: TargetMatrix) throws(TorchError) -> Tensor {
      let sign = try target.probabilities.isGreater(than: 0).to(.float32) * 2 - 1
      return try (-(sign * logits)).softplus().sum()
    }
    let both =
      try one(logits.imageToText, targets.imageToText)
      + one(logits.textToImage, targets.textToImage)
    return try both * 0.5
  }
}
