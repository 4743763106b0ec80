public import TorchNN

/// One stage of a run: what is learned, how fast and for how long.
///
/// Chinese-CLIP's two stages are two of these, the first with `"frozen": ["visual.*"]`.
/// Source: Yang et al., *Chinese CLIP*, 2022, section 2.2.
public struct StageConfiguration: Codable, Hashable, Sendable {
  /// How logs call it.
  public var name: String
  /// Names of the weights that stay as they are, as patterns: `["visual.*"]`.
  public var frozen: NamePatterns
  /// Passes over the pairs.
  public var epochs: Int?
  /// Optimiser steps, instead of ``epochs``.
  public var steps: Int?
  /// Pairs in a step, over all workers.
  public var batchSize: Int
  /// Pairs that a worker's networks see at once.
  ///
  /// Below its share of the batch, gradients are cached:
  /// they are those of the whole batch, for the memory of this many. nil: on a CPU as many as
  /// a quarter of the memory allows, by measurement; else the whole share.
  public var microBatch: Int?
  /// The highest learning rate.
  public var learningRate: Double
  /// The batch that the rate was chosen for: it is multiplied by √(batch_size / this); nil: by 1.
  ///
  /// Source: You et al., *Large Batch Optimization for Deep Learning*, 2019, section 4; FILIP has 512.
  public var referenceBatch: Int?
  /// Steps over which the rate rises.
  public var warmupSteps: Int
  /// What the rate does then.
  public var schedule: LearningRateSchedule.Shape
  /// How weights move, and its numbers.
  public var optimizer: OptimizerConfiguration
  /// Weights that learn faster or slower; where several fit, their factors multiply.
  public var rates: [RateGroup]
  /// The factor of the rate from a block to the one before it; 1: all the same.
  public var layerDecay: Double
  /// The largest length of all gradients together; nil: any.
  public var gradientClip: Double?
  /// The share of image patches left out at random (FLIP); 0: none.
  public var maskRatio: Double
  /// Whether activations of transformer blocks are computed again instead of remembered.
  public var recomputesBlocks: Bool
  /// Evaluations without a better recall after which the next stage begins, from the best weights;
  /// nil: the stage runs to its end.
  public var patience: Int?
  /// Whether what a frozen image trunk makes of the pictures is computed once and kept on disk; nil:
  /// wherever that is possible.
  ///
  /// It is not where pictures are augmented or replaced, nor where tokens are compared; true is
  /// refused there.
  public var cachesFeatures: Bool?
  /// What batch norms do while they are learned.
  public var batchNorm: BatchNormPolicy

  /// What batch norms do in an image encoder that is learned.
  public enum BatchNormPolicy: String, Codable, Hashable, Sendable {
    /// They keep their statistics: right for small batches, and exact with cached gradients.
    case frozen
    /// They use the statistics of each worker's batch.
    case batch
    /// They use the statistics of all workers' batches together.
    case synchronized
  }

  /// A stage with the usual settings.
  public init(
    name: String, frozen: NamePatterns = .none, epochs: Int? = nil, steps: Int? = nil,
    batchSize: Int, learningRate: Double
  ) {
    self.name = name
    self.frozen = frozen
    self.epochs = epochs
    self.steps = steps
    self.batchSize = batchSize
    microBatch = nil
    self.learningRate = learningRate
    referenceBatch = nil
    warmupSteps = 100
    schedule = .cosine
    optimizer = .adamW(AdamW.Configuration())
    rates = []
    layerDecay = 1
    gradientClip = nil
    maskRatio = 0
    recomputesBlocks = false
    patience = nil
    cachesFeatures = nil
    batchNorm = .frozen
  }

  private enum CodingKeys: String, CodingKey {
    case name, frozen, epochs, steps, batchSize, microBatch, learningRate, referenceBatch
    case warmupSteps, schedule
    case optimizer, rates, layerDecay, gradientClip, maskRatio, patience, batchNorm
    case recomputesBlocks = "recomputeBlocks"
    case cachesFeatures = "cacheFeatures"
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      batchSize: try container.decode(Int.self, forKey: .batchSize),
      learningRate: try container.decode(Double.self, forKey: .learningRate))
    frozen = try container.value(.frozen, or: frozen)
    epochs = try container.decodeIfPresent(Int.self, forKey: .epochs)
    steps = try container.decodeIfPresent(Int.self, forKey: .steps)
    microBatch = try container.decodeIfPresent(Int.self, forKey: .microBatch)
    referenceBatch = try container.decodeIfPresent(Int.self, forKey: .referenceBatch)
    warmupSteps = try container.value(.warmupSteps, or: warmupSteps)
    schedule = try container.value(.schedule, or: schedule)
    optimizer = try container.value(.optimizer, or: optimizer)
    rates = try container.value(.rates, or: rates)
    layerDecay = try container.value(.layerDecay, or: layerDecay)
    gradientClip = try container.decodeIfPresent(Double.self, forKey: .gradientClip)
    maskRatio = try container.value(.maskRatio, or: maskRatio)
    recomputesBlocks = try container.value(.recomputesBlocks, or: recomputesBlocks)
    patience = try container.decodeIfPresent(Int.self, forKey: .patience)
    cachesFeatures = try container.decodeIfPresent(Bool.self, forKey: .cachesFeatures)
    batchNorm = try container.value(.batchNorm, or: batchNorm)
  }
  /// The highest learning rate for the stage's own batch.
  var peakRate: Double {
    learningRate * (referenceBatch.map { Double(batchSize) / Double($0) } ?? 1).squareRoot()
  }
}
