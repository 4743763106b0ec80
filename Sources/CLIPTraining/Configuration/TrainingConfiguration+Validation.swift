import CLIPImages
import TorchNN

extension TrainingConfiguration {
  /// Finds settings that cannot work before anything is loaded.
  ///
  /// - Throws: ``TrainingError/setting(key:problem:)``.
  func validate() throws {
    try require(!stages.isEmpty, "stages", "must list at least one stage")
    try require(
      Set(stages.map(\.name)).count == stages.count, "stages", "must have names that differ")
    for (index, stage) in stages.enumerated() { try validate(stage, "stages[\(index)]") }
    if let movingAverage {
      try require((0..<1).contains(movingAverage), "moving_average", "must be in 0 ..< 1")
    }
    try require(
      (0..<1).contains(objective.labelSmoothing), "objective.label_smoothing",
      "must be in 0 ..< 1")
    try require(
      objective.logitScaleRange.count == 2
        && objective.logitScaleRange[0] <= objective.logitScaleRange[1],
      "objective.logit_scale_range", "must be a lower and an upper bound")
    if let distillation = objective.distillation {
      try require(
        [distillation.imageWeight, distillation.textWeight, distillation.logitWeight]
          .allSatisfy { $0 >= 0 && $0.isFinite },
        "objective.distillation", "must have weights of 0 or more")
    }
    try validateTerms()
    if let lowRank = model.lowRank {
      try require(
        (1...4096).contains(lowRank.rank) && lowRank.alpha.isFinite, "model.low_rank",
        "must have a rank of 1 to 4096")
    }
    try require(nonFiniteLimit > 0, "non_finite_limit", "must be at least 1")
    if let augmentation = data.augmentation {
      do { _ = try ImageAugmentation(size: 224, configuration: augmentation) } catch {
        throw TrainingError.setting(key: "data.augment", problem: "cannot work: \(error)")
      }
    }
    try require(data.shuffleBuffer > 0, "data.shuffle_buffer", "must be at least 1")
    for source in [data.train] + data.mixed {
      try require(
        (source.weight ?? 1) > 0 && (source.weight ?? 1).isFinite, "data.train.weight",
        "must be above 0")
    }
    try require(data.valid?.weight == nil, "data.valid", "must not have a weight")
    try require(
      !data.spreadsDuplicates || data.mixed.isEmpty, "data.spread_duplicates",
      "cannot be with several sources")
    try require(
      data.valid?.samples == nil && data.valid?.labels == nil, "data.valid",
      "must not say samples or labels: recall is counted over the pairs as they are")
    try require(evaluation.batchSize > 0, "evaluation.batch_size", "must be at least 1")
  }

  private func validateTerms() throws {
    let terms = objective.allTerms
    for (index, term) in (objective.terms ?? []).enumerated() {
      let problem = term.problem
      try require(problem == nil, "objective.terms[\(index)]", problem ?? "")
    }
    try require(
      terms.contains { $0.weight > 0 }, "objective.terms", "must have a term that counts")
    let needs = objective.objective.needs
    let target = terms.contains { $0.weight > 0 && $0.target == .teacher }
    if needs.isDisjoint(with: [.taughtImages, .taughtTexts]) { return }
    let key = objective.terms == nil ? "objective.distillation" : "objective.teacher"
    let problem =
      objective.anyTeacher.map { $0.problem(for: needs, target: target) }
      ?? "must say who the terms learn from"
    try require(problem == nil, key, problem ?? "")
  }

  private func validate(_ stage: StageConfiguration, _ key: String) throws {
    func require(_ condition: Bool, _ name: String, _ problem: String) throws {
      try self.require(condition, "\(key).\(name)", problem)
    }
    try require(
      (stage.epochs == nil) != (stage.steps == nil), "epochs",
      "or 'steps' must say how long the stage is, and not both")
    try require((stage.epochs ?? 1) > 0 && (stage.steps ?? 1) > 0, "epochs", "must be at least 1")
    try require((1...1 << 24).contains(stage.batchSize), "batch_size", "must be at least 1")
    try require((stage.microBatch ?? 1) > 0, "micro_batch", "must be at least 1")
    try require(stage.referenceBatch.map { $0 > 0 } ?? true, "reference_batch", "must be above 0")
    try require(
      stage.learningRate > 0 && stage.learningRate.isFinite, "learning_rate", "must be above 0")
    try require(stage.warmupSteps >= 0, "warmup_steps", "must be 0 or more")
    try require((0..<1).contains(stage.maskRatio), "mask_ratio", "must be in 0 ..< 1")
    try require((stage.gradientClip ?? 1) > 0, "gradient_clip", "must be above 0")
    try require(
      stage.layerDecay > 0 && stage.layerDecay <= 1, "layer_decay", "must be in 0 … 1")
    try require((stage.patience ?? 1) > 0, "patience", "must be at least 1")
    let problem = stage.optimizer.problem
    try require(problem == nil, "optimizer", problem ?? "")
    try require(
      stage.rates.allSatisfy { $0.factor >= 0 && $0.factor.isFinite }, "rates",
      "must have factors of 0 or more")
  }

  private func require(_ condition: Bool, _ key: String, _ problem: String) throws {
    guard condition else { throw TrainingError.setting(key: key, problem: problem) }
  }
}
