import CLIPData
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
  let objective: Objective
  let teacher: (any Teacher)?
  let stage: StageConfiguration
  let learned: [Parameters.Entry]
  let workers: WorkerGroup?
  /// The type that matrix products are computed in; nil: as stored.
  let autocast: DType?

  /// What a step tells about itself.
  package struct Report: Sendable {
    /// The mean over the whole batch.
    package var loss: Double
    /// Shares of the whole batch; nil where the objective compares nothing.
    package var imageToTextAccuracy: Double?
    package var textToImageAccuracy: Double?
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
    model: TrainableModel, objective: Objective, teacher: (any Teacher)? = nil,
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

  var device: Device { model.device }
  private var workerCount: Int { objective.negatives == .global ? group.count : 1 }
  private var group: (rank: Int, count: Int) { (workers?.rank ?? 0, workers?.count ?? 1) }
  private var needs: ObjectiveNeeds {
    let tokens: ObjectiveNeeds = interaction.needsTokens ? .tokens : []
    return objective.needs.union(tokens)
  }
  private var interaction: any Interaction { model.configuration.interaction.interaction }
  var learnsImages: Bool { learned.contain(.image, .imageHead) }
  var learnsTexts: Bool { learned.contain(.text, .textHead) }

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
    let texts = try batch.samples.views.map(textPass)
    let exchange = GradientExchange(workers: workerCount > 1 ? workers : nil)
    let compared = try ComparedPasses(images: images, texts: texts, by: interaction)
    let imageLeaf = try compared.images.map { try exchange.gathered($0.features).leaf() }
    let textLeaves = try compared.texts.map { try exchange.gathered($0.features).leaf() }
    let first = workerCount > 1 ? group.rank * batch.count : 0
    let rows = first..<first + batch.count
    let part = try loss(batch, rows, imageLeaf, textLeaves, exchange)
    // Without gathering, the batch's loss is the mean of the workers' losses.
    let share = Double(workerCount) / Double(group.count)
    try (part.loss * (lossFactor * share)).backward()
    let gradients = try ([imageLeaf].compactMap { $0 } + textLeaves).map { try $0.gradient() }
    if workerCount > 1 { try workers?.sumInPlace(gradients.flatMap(\.tensors)) }
    for (pass, gradient) in zip([compared.images].compactMap { $0 } + compared.texts, gradients) {
      try pass.backward(gradient.sliced(rows))
    }
    try GradientExchange(workers: workers).sum(learned)
    return try report(part, share: share, pairs: batch.count, stops: stops)
  }

  /// The mean of the objective over the samples' texts; one that looks at pictures alone has none.
  private func loss(
    _ batch: TrainingBatch, _ rows: Range<Int>, _ images: Features?, _ texts: [Features],
    _ exchange: GradientExchange
  ) throws -> Objective.Part {
    let scale = try model.encoder.scale.current(on: device)
    var whole: Objective.Part?
    for view in 0..<max(1, texts.count) {
      let part = try objective(
        facts(
          batch, view, images, texts.indices.contains(view) ? texts[view] : nil, scale, exchange),
        rows: rows)
      whole =
        try whole.map { Objective.Part(loss: try $0.loss + part.loss, correct: $0.correct) } ?? part
    }
    guard let whole else { throw TrainingError.objective("there is no sample") }
    guard texts.count > 1 else { return whole }
    return Objective.Part(loss: try whole.loss / Double(texts.count), correct: whole.correct)
  }

  /// The whole batch as the objective sees it.
  private func facts(
    _ batch: TrainingBatch, _ view: Int, _ images: Features?, _ texts: Features?,
    _ scale: CurrentScale, _ exchange: GradientExchange
  ) throws -> ObjectiveBatch {
    let samples = batch.samples
    let own = samples.views.indices.contains(view) ? samples.views[view].keys : []
    let imageKeys = samples.imageKeys.isEmpty ? own : samples.imageKeys
    let textKeys = own.isEmpty ? imageKeys : own
    let keys = try exchange.gathered(
      Tensor(
        (imageKeys + textKeys).map(Int64.init(bitPattern:)), shape: [2, batch.count]
      ).transposed().contiguous().to(device: device)
    ).transposed()
    func labels(_ rows: [[Float]]?) throws -> Tensor? {
      guard let rows, let width = rows.first?.count else { return nil }
      guard rows.allSatisfy({ $0.count == width }) else {
        throw TrainingError.objective("the samples have labels of different numbers")
      }
      return try exchange.gathered(
        Tensor(rows.flatMap { $0 }, shape: [rows.count, width]).to(device: device))
    }
    return ObjectiveBatch(
      images: images, texts: texts, imageKeys: try keys.selected(0).contiguous(),
      textKeys: try keys.selected(1).contiguous(), imageLabels: try labels(samples.imageLabels),
      textLabels: try labels(samples.textLabels), teacher: try taught(batch, view, exchange),
      interaction: interaction, scale: scale)
  }

  private func taught(
    _ batch: TrainingBatch, _ view: Int, _ exchange: GradientExchange
  ) throws -> TeacherFacts? {
    guard let teacher else { return nil }
    func features(_ side: PairSide, if need: ObjectiveNeeds) throws -> Features? {
      guard needs.contains(need) else { return nil }
      return try exchange.gathered(teacher.features(of: side, batch, view: view).detached())
    }
    return TeacherFacts(
      images: try features(.image, if: .taughtImages),
      texts: try features(.text, if: .taughtTexts), scale: teacher.scale ?? 1,
      interaction: teacher.interaction)
  }

  private func report(
    _ part: Objective.Part, share: Double, pairs: Int, stops: Bool
  ) throws -> Report {
    let nothing = try Tensor.zeros([], device: device)
    let numbers = try Tensor.stacked([
      part.loss.detached() * share, part.correct?.imageToText ?? nothing,
      part.correct?.textToImage ?? nothing, .full([], stops ? 1 : 0, device: device),
    ])
    try workers?.sumInPlace([numbers])
    let sums = try numbers.scalars(Double.self)
    let total = Double(pairs * group.count)
    return Report(
      loss: sums[0], imageToTextAccuracy: part.correct.map { _ in sums[1] / total },
      textToImageAccuracy: part.correct.map { _ in sums[2] / total }, stops: sums[3] > 0)
  }
}

extension TrainingStep {
  /// Consecutive rows that go through a network together.
  private func parts(of count: Int) -> [Range<Int>] {
    let size = min(stage.microBatch ?? count, count)
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  private func imagePass(_ batch: TrainingBatch) throws -> TowerPass? {
    switch batch.pictures {
    case .none: return nil
    case .pooled(let pooled, _):
      // A head is small: it takes the whole batch at once.
      return try pass([{ try encode(pooled: pooled) }], learns: learnsImages)
    case .pixels(let pixels):
      let parts = parts(of: batch.count).map { rows in
        { try encode(pixels: pixels.sliced(rows)) }
      }
      return try pass(parts, learns: learnsImages)
    }
  }

  private func textPass(_ view: SampleBatch.View) throws -> TowerPass {
    let parts = parts(of: view.ids.count).map { rows in
      { try encode(view.tokens, rows: rows) }
    }
    return try pass(parts, learns: learnsTexts)
  }

  func pass(_ parts: [() throws -> Features], learns: Bool) throws -> TowerPass {
    guard learns else {
      return try withoutGradients { try TowerPass(locked: .concatenated(parts.map { try $0() })) }
    }
    return try TowerPass(parts: parts, device: device)
  }

  private func encode(pooled: Tensor) throws -> Features {
    try withAutocast(autocast, on: device) {
      try unit(model.encoder.imageEncoder.features(pooled: pooled.to(device: device)))
    }
  }

  func encode(pixels: Tensor) throws -> Features {
    let input = try model.configuration.preprocessing(pixels.to(device: device), dtype: .float32)
    var options = EncodingOptions(mode: .inference, wantsTokens: needs.contains(.tokens))
    // A frozen trunk computes as at inference, whether its head learns or not: so it may be cached.
    if learned.contain(.image) {
      let keepsStatistics = model.hasBatchNorm && stage.batchNorm == .frozen
      options.mode = keepsStatistics ? .inference : .training
      options.maskRatio = stage.maskRatio
      options.recomputesBlocks = stage.recomputesBlocks
    }
    let synchronizes = stage.batchNorm == .synchronized && group.count > 1
    return try BatchStatistics.$group.withValue(synchronizes ? workers : nil) {
      try withAutocast(autocast, on: device) {
        try unit(model.encoder.imageEncoder(input, options: options))
      }
    }
  }

  func encode(_ tokens: TokenizedTexts, rows: Range<Int>) throws -> Features {
    let context = model.tokenizer.contextLength
    let longest = rows.map { tokens.length(of: $0) }.max() ?? 0
    let length = model.encoder.textEncoder.countsPadding ? context : longest
    let ids = try Tensor(tokens.padded(rows: rows, to: length), shape: [rows.count, length])
    let wantsTokens = needs.contains(.tokens)
    let options = EncodingOptions(
      mode: learnsTexts ? .training : .inference, wantsTokens: wantsTokens,
      recomputesBlocks: stage.recomputesBlocks)
    let words =
      wantsTokens && model.encoder.textEncoder.mergesWords
      ? try tokens.words(rows: rows, to: length, by: model.tokenizer).to(device: device) : nil
    let features = try withAutocast(autocast, on: device) {
      try unit(
        model.encoder.textEncoder(
          ids.to(device: device), mask: tokens.mask(rows: rows, to: length)?.to(device: device),
          words: words, options: options))
    }
    // Parts and workers have texts of other lengths; their tokens are joined.
    return wantsTokens ? try features.padded(to: context) : features
  }

  private func unit(_ features: Features) throws -> Features {
    try withAutocast(nil, on: device) {
      try features.normalized(
        keepsRaw: needs.contains(.raw), tokens: interaction.normalizesTokens)
    }
  }
}
