public import TorchNN

/// Settings of a fine-tuning run that improve a trained model instead of destroying it.
///
/// The original's default learning rate is that of pre-training, which ruins a trained model, and
/// its scripts' rates are for eight GPUs; most complaints about it come from there. Here the rate
/// follows the batch: Chinese-CLIP's 5·10⁻⁵ at 1024 pairs, in proportion below, never more.
public struct FineTuningPreset: Hashable, Sendable {
  /// Pairs to learn from.
  public var pairCount: Int
  /// Scalars of the model, which tell a small model from a large one.
  public var parameterCount: Int
  /// Pairs in a step; nil: 128, or fewer for few pairs.
  public var batchSize: Int?
  /// Passes over the pairs; nil: from 3 for many pairs to 20 for few.
  public var epochs: Int?
  /// The highest learning rate; nil: by batch and model.
  public var learningRate: Double?
  /// Names that stay as they are.
  public var frozen: NamePatterns
  /// Whether only low-rank additions are learned, which take a rate ten times as high.
  public var usesLowRank: Bool
  /// Whether the run is on a CPU, where it finds the parts of a batch by measuring their memory.
  public var usesCPU: Bool
  /// Evaluations without a better recall after which the run ends; nil: it runs to its end.
  public var patience: Int?

  /// A preset for a data set and a model.
  public init(pairCount: Int, parameterCount: Int) {
    self.pairCount = pairCount
    self.parameterCount = parameterCount
    frozen = .none
    usesLowRank = false
    usesCPU = false
    patience = 3
  }

  /// Models under this many scalars are trained from scratch in minutes and bear higher rates.
  private static let smallModel = 30_000_000

  /// The one stage of the run.
  public var stage: StageConfiguration {
    let batch = batchSize ?? min(128, max(2, pairCount / 8))
    let stepsPerEpoch = max(1, (pairCount + batch - 1) / batch)
    let passes = epochs ?? min(20, max(3, 2000 / stepsPerEpoch))
    var stage = StageConfiguration(
      name: "finetune", frozen: frozen, epochs: passes, batchSize: batch,
      learningRate: learningRate ?? standardRate(batch))
    stage.warmupSteps = min(100, max(1, passes * stepsPerEpoch / 10))
    stage.gradientClip = 1
    stage.patience = patience
    if !usesCPU, parameterCount >= Self.smallModel, batch > 32 { stage.microBatch = 32 }
    return stage
  }

  private func standardRate(_ batch: Int) -> Double {
    let proportion = min(1, Double(batch) / 1024)
    let base = parameterCount < Self.smallModel ? 1e-3 : 5e-5
    return base * proportion * (usesLowRank ? 10 : 1)
  }
}
