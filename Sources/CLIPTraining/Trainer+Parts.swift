import CLIPData
import CLIPImages
import CLIPModels
import Torch
import TorchNN

extension Trainer {
  /// How many pairs of a batch go through the networks at once, where the run does not say.
  ///
  /// On a CPU a pass of made-up pairs is measured, and the part is the largest power of two that the
  /// budget allows. The same on all workers.
  ///
  /// - Parameters:
  ///   - settings: the stage.
  ///   - learned: what it learns.
  ///   - pictures: whether batches bring pixels.
  /// - Returns: the size of a part; nil: the whole share of the worker goes through at once.
  /// - Throws: `TorchError` when LibTorch cannot compute the pass.
  func chosenPart(
    _ settings: StageConfiguration, learned: [Parameters.Entry], pictures: Bool
  ) throws -> Int? {
    guard settings.microBatch == nil, model.device == .cpu else { return nil }
    let share = settings.batchSize / workerCount
    guard !usesBatchStatistics(settings, learned) else {
      log.info(
        "Stage \(settings.name): batch norms learn from the whole batch of \(share), so it goes "
          + "through at once however much memory it takes; micro_batch would change them")
      return nil
    }
    // Before the pass that is measured: what that takes the parts will take again.
    let present = MachineMemory.present
    var random = AugmentationRandom(seed: 0, epoch: 0, sample: 0)
    let sample = try train.sample(at: 0, using: &random)
    let pass = try step(settings, learned: learned).passMemory(
      pictures: pictures && sample.imageID != nil, texts: sample.texts.count)
    let budget = memoryBudget.bytesOfPart(
      present: present, coming: comingBytes(learned), workers: workerCount)
    let part = try smallest(pass.part(of: share, in: budget))
    guard part < share else { return nil }
    log.info(
      "Stage \(settings.name): the batch of \(share) goes through in parts of \(part), which take "
        + "about \(Gigabytes(pass.bytes(of: part))) instead of \(Gigabytes(pass.bytes(of: share))); "
        + "micro_batch sets it")
    if pass.bytes(of: part) > budget {
      log.warning(
        "Stage \(settings.name): even one pair at a time takes more than the "
          + "\(Gigabytes(budget)) that are left for it")
    }
    return part
  }

  /// Whether what a batch norm does depends on the parts of a batch.
  private func usesBatchStatistics(
    _ settings: StageConfiguration, _ learned: [Parameters.Entry]
  ) -> Bool {
    model.hasBatchNorm && settings.batchNorm != .frozen && learned.contain(.image)
  }

  /// The optimiser's two moments of the weights that learn, and the moving average.
  private func comingBytes(_ learned: [Parameters.Entry]) -> Int {
    let copies = configuration.movingAverage == nil ? 2 : 3
    return copies * learned.reduce(0) { $0 + $1.tensor.byteCount }
  }

  /// The smallest of the numbers of all workers, whose machines may differ.
  private func smallest(_ number: Int) throws -> Int {
    guard let workers, workers.count > 1 else { return number }
    let all = try workers.gathered(Tensor([Int64(number)], shape: [1]))
    return try all.scalars(Int64.self).min().map(Int.init) ?? number
  }
}

extension TrainingStep.PassMemory {
  /// The pairs that go through at once.
  ///
  /// - Parameters:
  ///   - share: the worker's pairs of a batch.
  ///   - budget: bytes that they may take.
  /// - Returns: the share if it fits, else the largest power of two that does, at least 1.
  func part(of share: Int, in budget: Int) -> Int {
    guard bytes(of: share) > budget else { return share }
    var part = 1
    while part * 2 < share, bytes(of: part * 2) <= budget { part *= 2 }
    return part
  }
}
