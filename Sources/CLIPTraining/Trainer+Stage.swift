import CLIPData
import CLIPModels
import Foundation
import Torch
import TorchNN

extension Trainer {
  /// What a stage works with.
  struct Stage {
    let settings: StageConfiguration
    let learned: [Parameters.Entry]
    let sampler: EpochSampler
    let schedule: LearningRateSchedule
    let optimizer: any Optimizer
    let average: MovingAverage?
    let batches: any BatchSource
    let step: TrainingStep

    var totalSteps: Int { schedule.totalSteps }
  }

  /// Runs a stage from where it stands to its end.
  ///
  /// - Returns: whether it came to its end, false when a stop was asked for.
  func runStage(_ settings: StageConfiguration) throws -> Bool {
    let stage = try prepare(settings)
    describe(stage)
    // The run ended between a step and its evaluation.
    if state.owesEvaluation == true { try evaluate(stage) }
    if try endsEarly(settings) { return true }
    var estimate = StageEstimate()
    while state.stageStep < stage.totalSteps {
      let start = ContinuousClock.now
      let stops = try advance(stage)
      estimate.add(seconds: (ContinuousClock.now - start) / .seconds(1))
      if let line = estimate.line(remaining: stage.totalSteps - state.stageStep) {
        log.info("Stage \(settings.name): \(line)")
      }
      let hasChangedNothing = state.skippedInARow >= state.stageStep
      if state.stageStep == stage.totalSteps, hasChangedNothing {
        throw TrainingError.nothingLearned(stage: settings.name, steps: state.stageStep)
      }
      let isEpochEnd = state.position.step == 0
      let isLast = state.stageStep == stage.totalSteps
      let saves = configuration.checkpoints.everySteps
      let isDue = isEvaluationDue(isEpochEnd: isEpochEnd, isLast: isLast)
      state.owesEvaluation = isDue ? true : nil
      var isSaved = false
      if isEpochEnd || isLast || stops || (saves > 0 && state.stageStep.isMultiple(of: saves)) {
        try save(stage)
        isSaved = true
      }
      if isEpochEnd { try keepEpoch(stage) }
      if !stops, isDue {
        try evaluate(stage)
        if isSaved { try save(stage) }
        if try endsEarly(settings) { return true }
      }
      if stops {
        log.info("Stop was asked for; saved after \(state.globalStep) steps")
        return false
      }
    }
    return true
  }

  private func evaluate(_ stage: Stage) throws {
    try evaluate(epoch: epoch, average: stage.average)
    state.owesEvaluation = nil
  }

  /// Whether recall has not risen for as long as the stage waits; the weights are the best then.
  private func endsEarly(_ settings: StageConfiguration) throws -> Bool {
    guard let patience = settings.patience, state.evaluationsWithoutGain >= patience else {
      return false
    }
    log.info(
      "Stage \(settings.name): recall has not risen \(patience) times; it ends here, after "
        + "\(state.stageStep) steps")
    try restoreBest()
    return true
  }

  /// The epoch of the last step, counted from 1.
  private var epoch: Int {
    state.position.step == 0 ? state.position.epoch : state.position.epoch + 1
  }

  private func isEvaluationDue(isEpochEnd: Bool, isLast: Bool) -> Bool {
    let settings = configuration.evaluation
    return isLast
      || settings.everySteps > 0 && state.stageStep.isMultiple(of: settings.everySteps)
      || isEpochEnd && settings.everyEpochs > 0
        && state.position.epoch.isMultiple(of: settings.everyEpochs)
  }

  private func prepare(_ configured: StageConfiguration) throws -> Stage {
    var settings = configured
    let parameters = model.encoder.parameters
    let learned = try parameters.freeze(frozen(settings))
    guard !learned.isEmpty else {
      throw TrainingError.setting(
        key: "stages.\(settings.name).frozen", problem: "leaves nothing to learn")
    }
    guard settings.batchSize.isMultiple(of: workerCount) else {
      throw TrainingError.setting(
        key: "stages.\(settings.name).batch_size",
        problem: "must be a multiple of the \(workerCount) workers, but is \(settings.batchSize)")
    }
    let sampler = try EpochSampler(
      pairCount: train.count, batchSize: settings.batchSize / workerCount, rank: rank,
      workerCount: workerCount, seed: configuration.seed &+ UInt64(state.stage) &* 7919,
      plan: train.plan)
    let schedule = LearningRateSchedule(
      base: settings.peakRate, warmupSteps: settings.warmupSteps, shape: settings.schedule,
      totalSteps: settings.steps ?? (settings.epochs ?? 1) * sampler.stepsPerEpoch)
    let decay = LayerDecay(settings.layerDecay)
    let optimizer = try settings.optimizer.optimizer(for: learned) { entry in
      settings.rates.reduce(decay.factor(for: entry)) { rate, group in
        group.names.contains(entry.name) ? rate * group.factor : rate
      }
    }
    let average = try configuration.movingAverage.map { try MovingAverage(learned, decay: $0) }
    let batches = try batches(settings, sampler, learned: learned)
    if state.stageStep == 0 {
      state.chosenPart = try chosenPart(
        settings, learned: learned, pictures: batches is PixelBatches)
    }
    settings.microBatch = settings.microBatch ?? state.chosenPart
    if state.stageStep == 0 {
      try Random.seed(configuration.seed &+ UInt64(state.stage * workerCount + rank + 1) &* 104_729)
    } else if let saved {
      try optimizer.restore(from: saved.source("optimizer."))
      try average?.restore(from: saved.source("average."), updateCount: state.averageUpdates)
      try saved.random(rank: rank, device: model.device)?.restore()
    }
    saved = nil
    validationImages = nil
    return Stage(
      settings: settings, learned: learned, sampler: sampler, schedule: schedule,
      optimizer: optimizer, average: average, batches: batches,
      step: step(settings, learned: learned))
  }

  func step(_ settings: StageConfiguration, learned: [Parameters.Entry]) -> TrainingStep {
    TrainingStep(
      model: model, objective: objective, teacher: teacher, stage: settings, learned: learned,
      workers: workers, autocast: configuration.precision.autocast(on: model.device))
  }

  /// What a stage freezes; with low-rank additions everything but these and the temperature.
  private func frozen(_ settings: StageConfiguration) -> NamePatterns {
    let names = model.encoder.parameters.entries.map(\.name)
    let patterns = [settings.frozen] + settings.rates.map(\.names)
    for pattern in patterns.flatMap({ $0.unused(among: names) }) {
      log.warning("Stage \(settings.name): no weight is called '\(pattern)'")
    }
    guard configuration.model.lowRank != nil else { return settings.frozen }
    let learned = model.encoder.parameters.entries.filter {
      $0.kind == .adapter || $0.part == .shared
    }
    return NamePatterns(["*"] + learned.map { "!\($0.name)" } + settings.frozen.patterns)
  }

  private func batches(
    _ settings: StageConfiguration, _ sampler: EpochSampler, learned: [Parameters.Entry]
  ) throws -> any BatchSource {
    let data = configuration.data
    let duplicates = try data.spreadsDuplicates ? train.pairs.map { try DuplicateKeys($0) } : nil
    guard settings.cachesFeatures != false, try cacheObstacle(learned) == nil else {
      return try PixelBatches(
        train, sampler: sampler, from: state.position, spreading: duplicates, model: model,
        data: data)
    }
    func table(
      _ clip: CLIP, _ stage: SharedEmbedding.ImageStage
    ) throws -> FeatureCache.Table {
      try FeatureCache(folder: folder.features, model: clip, stage: stage, workers: workers)
        .table(of: train) { reporter.progress("computing features", $0, $1) }
    }
    let start = ContinuousClock.now
    let features = try table(
      model.ready(
        precision: configuration.precision, batchSize: configuration.evaluation.batchSize),
      .pooled)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    log.info(
      "Stage \(settings.name): features of \(features.rowOfImage.count) pictures are ready after "
        + String(format: "%.1f s", seconds))
    return CachedBatches(
      train, sampler: sampler, from: state.position, spreading: duplicates,
      tokenizer: model.tokenizer, features: features,
      teacher: try objective.needs.contains(.taughtImages)
        ? teacherModel.map { try table($0, .embedding(normalized: false)) } : nil)
  }

  /// What keeps the vectors of a stage's pictures from being computed once; nil if nothing does.
  private func cacheObstacle(_ learned: [Parameters.Entry]) throws -> String? {
    if learned.contain(.image) { return "the image encoder learns" }
    if configuration.data.augmentation != nil { return "pictures are augmented" }
    if configuration.data.skipsDamaged { return "broken pictures are replaced" }
    if objective.needs.contains(.tokens)
      || model.configuration.interaction.interaction.needsTokens
    {
      return "the model compares the tokens of pictures"
    }
    return try train.imageIDs().isEmpty ? "the samples have no pictures" : nil
  }

  /// Refuses a cache that was asked for and cannot be, before the first step of the run.
  func checkCaches() throws {
    for settings in configuration.stages where settings.cachesFeatures == true {
      let frozen = frozen(settings)
      let learned = model.encoder.parameters.entries.filter {
        $0.kind != .buffer && !frozen.contains($0.name)
      }
      // Where the encoder learns there is nothing to keep, and run folders say true everywhere.
      guard !learned.contain(.image), let obstacle = try cacheObstacle(learned) else { continue }
      throw TrainingError.setting(
        key: "stages.\(settings.name).cache_features",
        problem: "cannot be true where \(obstacle); leave it out, or make it false")
    }
  }

  private func describe(_ stage: Stage) {
    let settings = stage.settings
    let scalars = stage.learned.reduce(0) { $0 + $1.tensor.count }
    let counts = stage.optimizer.tensorCounts
    log.info(
      "Stage \(settings.name): \(stage.totalSteps) steps of \(settings.batchSize) pairs, "
        + "\(stage.sampler.stepsPerEpoch) an epoch; \(scalars) scalars in \(stage.learned.count) "
        + "tensors are learned, \(counts.decayed) tensors decay")
    if settings.patience != nil, evaluation == nil {
      log.warning(
        "Stage \(settings.name): it waits for recall to rise, but there is no validation set to "
          + "measure it on: it runs to its end")
    }
    let known = train.count
    if settings.batchSize > known {
      log.warning(
        "The batch of \(settings.batchSize) is larger than the \(known) pairs there are: "
          + "pairs occur several times in it")
    }
  }
}

extension Precision {
  /// The type that training computes matrix products in; nil: `float32`.
  func autocast(on device: Device) -> DType? {
    switch self {
    case .automatic: device == .cpu ? nil : .bfloat16
    case .float32: nil
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}
