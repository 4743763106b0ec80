package import CLIPImages

/// Which pairs each worker sees at each step, as a pure function of seed, epoch and step: a run that stops
/// anywhere continues with exactly the samples it would have seen.
///
/// The rules are the original's (`training/data.py` with PyTorch's `DistributedSampler`): the number of
/// pairs is rounded up to a multiple of the global batch by starting again from the first pair; an epoch is
/// one permutation of that; worker `rank` takes every `workerCount`-th entry.
public struct EpochSampler: Sendable, Equatable {
  /// Pairs in the data set.
  public let pairCount: Int
  /// Pairs in one worker's batch.
  public let batchSize: Int
  /// Number of workers.
  public let workerCount: Int
  /// This worker, 0 ..< ``workerCount``.
  public let rank: Int
  /// The seed of the run.
  public let seed: UInt64
  /// Whether the order is shuffled.
  public let isShuffled: Bool
  /// How the pairs lie in shards and sources; nil: they are drawn in any order.
  public let plan: SamplingPlan?

  /// Pairs in one step over all workers.
  public var globalBatchSize: Int { batchSize * workerCount }
  /// Steps in one epoch.
  public var stepsPerEpoch: Int {
    ((plan?.drawCount ?? pairCount) + globalBatchSize - 1) / globalBatchSize
  }

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - pairCount: pairs in the data set, at least 1.
  ///   - batchSize: pairs in one worker's batch.
  ///   - rank: this worker.
  ///   - workerCount: number of workers.
  ///   - seed: the seed of the run; the original's default is 123.
  ///   - isShuffled: false gives the order of the source.
  ///   - plan: how the pairs lie in shards and sources; nil: they are drawn in any order.
  /// - Throws: ``DataError/invalidSetting(_:)``.
  public init(
    pairCount: Int, batchSize: Int, rank: Int = 0, workerCount: Int = 1, seed: UInt64 = 123,
    isShuffled: Bool = true, plan: SamplingPlan? = nil
  ) throws(DataError) {
    guard batchSize > 0, workerCount > 0, rank >= 0, rank < workerCount,
      batchSize <= 1 << 24, workerCount <= 1 << 20
    else {
      throw DataError.invalidSetting(
        "A batch of \(batchSize) for worker \(rank) of \(workerCount) makes no sense.")
    }
    guard plan.map({ $0.sampleCount == pairCount }) ?? true else {
      throw DataError.invalidSetting(
        "A plan of \(plan?.sampleCount ?? 0) samples is not one of \(pairCount) pairs.")
    }
    guard pairCount > 0, plan != nil || pairCount < Int(UInt32.max) / 2 else {
      throw DataError.invalidSetting(
        pairCount == 0
          ? "The data set has no pairs to train on: do its captions name pictures?"
          : "A data set of \(pairCount) pairs is beyond what one run can shuffle.")
    }
    self.pairCount = pairCount
    self.batchSize = batchSize
    self.rank = rank
    self.workerCount = workerCount
    self.seed = seed
    self.isShuffled = isShuffled
    self.plan = plan
  }

  /// The order of one epoch.
  ///
  /// - Parameters:
  ///   - epoch: counted from 0.
  ///   - keys: pairs that must not meet in one batch; nil leaves the order as it is.
  /// - Returns: the order, the same for equal arguments.
  public func order(epoch: Int, spreading keys: DuplicateKeys? = nil) -> EpochOrder {
    if let plan {
      return EpochOrder(sampler: self, epoch: epoch, draw: .planned(PlannedOrder(plan, self)))
    }
    let count = stepsPerEpoch * globalBatchSize
    var permutation =
      isShuffled
      ? MersenneTwister.permutation(
        of: count, seed: UInt32(truncatingIfNeeded: seed &+ UInt64(epoch)))
      : Array(0..<UInt32(count))
    keys?.spread(&permutation, batchSize: globalBatchSize, pairCount: pairCount)
    return EpochOrder(sampler: self, epoch: epoch, draw: .permutation(permutation))
  }
}

/// The order of one epoch.
public struct EpochOrder: Sendable {
  /// Who made it.
  public let sampler: EpochSampler
  /// Which epoch it is, counted from 0.
  public let epoch: Int

  /// What tells the pair of a row.
  enum Draw: Sendable {
    case permutation([UInt32])
    case planned(PlannedOrder)
  }

  private let draw: Draw

  init(sampler: EpochSampler, epoch: Int, draw: Draw) {
    self.sampler = sampler
    self.epoch = epoch
    self.draw = draw
  }

  /// The pairs of this worker's batch.
  ///
  /// - Parameter step: 0 ..< ``EpochSampler/stepsPerEpoch``.
  /// - Returns: their indices in the data set.
  public func pairs(at step: Int) -> [Int] {
    (0..<sampler.batchSize).map { pair(at: step, row: $0) }
  }

  /// The pair in one row of this worker's batch.
  public func pair(at step: Int, row: Int) -> Int {
    switch draw {
    case .permutation(let permutation):
      return Int(permutation[position(of: step, row: row)]) % sampler.pairCount
    case .planned(let order):
      return order.sample(
        at: (epoch * sampler.stepsPerEpoch + step) * sampler.batchSize + row)
    }
  }

  /// The number of a row within the epoch, the same for any number of workers: it seeds the random choices
  /// made for this row, wherever and whenever it is prepared.
  public func number(of row: Int, at step: Int) -> Int { position(of: step, row: row) }

  /// Where chance comes from for a row, wherever and whenever it is drawn.
  package func random(of row: Int, at step: Int) -> AugmentationRandom {
    AugmentationRandom(seed: sampler.seed, epoch: epoch, sample: number(of: row, at: step))
  }

  private func position(of step: Int, row: Int) -> Int {
    step * sampler.globalBatchSize + row * sampler.workerCount + sampler.rank
  }
}
