import CLIPModels
import CLIPText
package import Torch
package import TorchNN

/// One step's forward and backward pass: afterwards every learned tensor has the gradient of the
/// whole batch's loss, whatever the number of workers and of parts.
///
/// The order is: features of this worker's pairs; features of everybody's, gathered; this worker's
/// rows of the loss and their gradient with respect to all features; the sum of those over workers;
/// back through the encoders; the sum of the gradients over workers. Nothing is scaled by the number
/// of workers on the way, so the temperature's gradient is exact too.
package struct TrainingStep {
  let model: TrainableModel
  let objective: ContrastiveObjective
  let teacher: Teacher?
  let stage: StageConfiguration
  let learned: [Parameters.Entry]
  let workers: WorkerGroup?
  /// The type that matrix products are computed in; nil: as stored.
  let autocast: DType?

  /// What a step tells about itself.
  package struct Report: Sendable {
    /// The mean over the whole batch.
    package var loss: Double
    /// Shares of the whole batch.
    package var imageToTextAccuracy: Double
    package var textToImageAccuracy: Double
    /// Whether any worker wants to stop.
    package var stops: Bool
  }

  /// Prepares the steps of a stage.
  ///
  /// - Parameters:
  ///   - model: what learns.
  ///   - objective: what is minimised.
  ///   - teacher: a model to learn from.
  ///   - stage: batches, masking, recomputation, batch norms.
  ///   - learned: the entries that want gradients.
  ///   - workers: those that share the batch.
  ///   - autocast: the type that matrix products are computed in; nil: as stored.
  package init(
    model: TrainableModel, objective: ContrastiveObjective, teacher: Teacher? = nil,
    stage: StageConfiguration, learned: [Parameters.Entry], workers: WorkerGroup? = nil,
    autocast: DType? = nil
  ) {
    self.model = model
    self.objective = objective
    self.teacher = teacher
    self.stage = stage
    self.learned = learned
    self.workers = workers
    self.autocast = autocast
  }

  private var device: Device { model.device }
  private var workerCount: Int { objective.configuration.negatives == .global ? group.count : 1 }
  private var group: (rank: Int, count: Int) { (workers?.rank ?? 0, workers?.count ?? 1) }
  private var learnsImages: Bool { learned.contain(.image, .imageHead) }
  private var learnsTexts: Bool { learned.contain(.text, .textHead) }

  /// Runs a batch.
  ///
  /// - Parameters:
  ///   - batch: this worker's pairs; all workers bring equally many.
  ///   - lossFactor: what the loss is multiplied by before the backward pass.
  ///   - stops: whether this worker wants to stop after the step.
  /// - Returns: what happened, the same on every worker.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  package func callAsFunction(
    _ batch: TrainingBatch, lossFactor: Double = 1, stops: Bool = false
  ) throws -> Report {
    try learned.clearGradients()
    let images = try imagePass(batch)
    let texts = try textPass(batch)
    let exchange = GradientExchange(workers: workerCount > 1 ? workers : nil)
    let imageLeaf = try leaf(exchange.gathered(images.features))
    let textLeaf = try leaf(exchange.gathered(texts.features))
    let pairs = try pairs(batch, imageLeaf, textLeaf, exchange)
    let first = workerCount > 1 ? group.rank * batch.count : 0
    let rows = first..<first + batch.count
    let scale = try model.encoder.logitScale.exp()
    let part = try objective(
      pairs, rows: rows, scale: scale, teacherScale: Double(teacher?.model.logitScale ?? 1))
    // Without gathering, the batch's loss is the mean of the workers' losses.
    let share = Double(workerCount) / Double(group.count)
    try (part.loss * (lossFactor * share)).backward()
    let gradients = try [imageLeaf, textLeaf].map { try $0.gradient() ?? .zeros($0.shape) }
    if workerCount > 1 { try workers?.sumInPlace(gradients) }
    try images.backward(gradients[0].sliced(rows))
    try texts.backward(gradients[1].sliced(rows))
    try GradientExchange(workers: workers).sum(learned)
    return try report(part, share: share, pairs: batch.count, stops: stops)
  }

  private func leaf(_ features: Tensor) throws(TorchError) -> Tensor {
    let leaf = try features.detached()
    try leaf.setRequiresGradient(true)
    return leaf
  }

  private func pairs(
    _ batch: TrainingBatch, _ images: Tensor, _ texts: Tensor, _ exchange: GradientExchange
  ) throws -> ContrastiveObjective.Pairs {
    let keys = try exchange.gathered(
      Tensor(batch.imageKeys + batch.textKeys, shape: [2, batch.count]).transposed().contiguous()
        .to(device: device)
    ).transposed()
    var teacherImages: Tensor?
    var teacherTexts: Tensor?
    if let teacher {
      switch batch.pictures {
      case .pixels(let pixels): teacherImages = try teacher.images(pixels.to(device: device))
      case .features(_, let cached): teacherImages = try cached?.to(device: device)
      }
      teacherTexts = try teacher.texts(batch)
    }
    return ContrastiveObjective.Pairs(
      images: images, texts: texts, imageKeys: try keys.selected(0).contiguous(),
      textKeys: try keys.selected(1).contiguous(),
      teacherImages: try teacherImages.map(exchange.gathered),
      teacherTexts: try teacherTexts.map(exchange.gathered))
  }

  private func report(
    _ part: ContrastiveObjective.Part, share: Double, pairs: Int, stops: Bool
  ) throws -> Report {
    let numbers = try Tensor.stacked([
      part.loss.detached() * share, part.imageToTextCorrect, part.textToImageCorrect,
      .full([], stops ? 1 : 0, device: device),
    ])
    try workers?.sumInPlace([numbers])
    let sums = try numbers.scalars(Double.self)
    let total = Double(pairs * group.count)
    return Report(
      loss: sums[0], imageToTextAccuracy: sums[1] / total, textToImageAccuracy: sums[2] / total,
      stops: sums[3] > 0)
  }
}

extension TrainingStep {
  /// Consecutive rows that go through a network together.
  private func parts(of count: Int) -> [Range<Int>] {
    let size = min(stage.microBatch ?? count, count)
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  private func imagePass(_ batch: TrainingBatch) throws -> TowerPass {
    switch batch.pictures {
    case .features(let features, _): return try TowerPass(locked: features.to(device: device))
    case .pixels(let pixels):
      let parts = parts(of: batch.count).map { rows in
        { try encode(pixels: pixels.sliced(rows)) }
      }
      guard learnsImages else {
        return try withoutGradients {
          try TowerPass(locked: .concatenated(parts.map { try $0() }))
        }
      }
      return try TowerPass(parts: parts, device: device)
    }
  }

  private func textPass(_ batch: TrainingBatch) throws -> TowerPass {
    let parts = parts(of: batch.count).map { rows in
      { try encode(batch.tokens, rows: rows) }
    }
    guard learnsTexts else {
      return try withoutGradients { try TowerPass(locked: .concatenated(parts.map { try $0() })) }
    }
    return try TowerPass(parts: parts, device: device)
  }

  private func encode(pixels: Tensor) throws -> Tensor {
    let input = try model.configuration.preprocessing(pixels.to(device: device), dtype: .float32)
    var options = EncodingOptions(mode: .inference)
    if learnsImages {
      let keepsStatistics = model.hasBatchNorm && stage.batchNorm == .frozen
      options = EncodingOptions(
        mode: keepsStatistics ? .inference : .training, maskRatio: stage.maskRatio,
        recomputesBlocks: stage.recomputesBlocks)
    }
    let synchronizes = stage.batchNorm == .synchronized && group.count > 1
    return try BatchStatistics.$group.withValue(synchronizes ? workers : nil) {
      try withAutocast(autocast, on: device) {
        try unitFeatures(model.encoder.imageEncoder(input, options: options))
      }
    }
  }

  private func encode(_ tokens: TokenizedTexts, rows: Range<Int>) throws -> Tensor {
    let lengths = rows.map { tokens.length(of: $0) }
    let longest = lengths.max() ?? 0
    let ids = try Tensor(
      tokens.padded(rows: rows, to: longest), shape: [rows.count, longest]
    ).to(device: device)
    let mask =
      lengths.allSatisfy { $0 == longest }
      ? nil : try ids.isNotEqual(to: Double(tokens.paddingID))
    let options = EncodingOptions(
      mode: learnsTexts ? .training : .inference, recomputesBlocks: stage.recomputesBlocks)
    return try withAutocast(autocast, on: device) {
      try unitFeatures(model.encoder.textEncoder(ids, mask: mask, options: options))
    }
  }

  private func unitFeatures(_ encoded: Features) throws -> Tensor {
    try withAutocast(nil, on: device) { try encoded.embedding.to(.float32).normalized() }
  }
}
