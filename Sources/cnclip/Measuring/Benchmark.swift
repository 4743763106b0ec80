import CLIPImages
import CLIPModels
import CLIPText
import Foundation
import Torch
import TorchNN

/// Measures each stage from files and sentences to embeddings.
struct Benchmark {
  /// What one stage showed.
  struct Stage: Codable, Hashable, Sendable {
    /// What was done, as `image tower`.
    let name: String
    /// Inputs that were worked on together.
    let batch: Int
    /// Inputs a second at the median.
    let rate: Double
    /// Of one batch.
    let latency: Timings
    /// The share of the machine's matrix-product rate, where the stage's operations are known.
    let fraction: Double?
  }

  private let clip: CLIP
  private let seconds: Double
  private let clock: Timings.Clock
  private let cost: ComputeCost
  /// Floating-point operations a second of bare matrix products at the model's precision.
  let matrixRate: Double

  /// Measures the machine's matrix-product rate first.
  ///
  /// - Parameters:
  ///   - clip: the model.
  ///   - seconds: how long each stage is measured, about.
  ///   - clock: what durations are taken with.
  /// - Throws: ``ModelError`` when the samples cannot be prepared.
  init(of clip: CLIP, seconds: Double, clock: Timings.Clock = .wall) throws {
    self.clock = clock
    self.clip = clip
    self.seconds = seconds
    cost = ComputeCost(of: clip.encoder.configuration)
    matrixRate = try MatrixRate.measure(
      clip.encoder.parameters.numerics, seconds: seconds, clock: clock)
  }

  /// Measures every stage.
  ///
  /// - Parameters:
  ///   - picture: the bytes of a picture file.
  ///   - sentences: some texts, of lengths as they come.
  ///   - batchSizes: of the towers.
  ///   - names: stages whose names begin so; all if absent.
  ///   - progress: called with a stage's name before it is measured.
  /// - Returns: the stages' timings, in the order in which they ran.
  /// - Throws: `TorchError` when a stage cannot be computed.
  func run(
    picture: Data, sentences: [String], batchSizes: [Int], only names: String? = nil,
    progress: (String) -> Void
  ) throws -> [Stage] {
    var stages: [Stage] = []
    func measure(
      _ name: String, batch: Int, operations: Double? = nil, _ work: () throws -> Void
    ) throws {
      guard name.hasPrefix(names ?? "") else { return }
      progress(name)
      let timings = try Timings.of(seconds: seconds, clock: clock, work)
      stages.append(
        Stage(
          name: name, batch: batch, rate: Double(batch) / timings.median, latency: timings,
          fraction: operations.map { $0 / timings.median / matrixRate }))
    }
    let decoded = try clip.preprocessor.decoder.decode(picture)
    try measure("decode", batch: 1) { _ = try clip.preprocessor.decoder.decode(picture) }
    try measure("resize", batch: 1) { _ = try clip.preprocessor(decoded) }
    try measure("decode and resize", batch: 1) { _ = try clip.preprocessor(picture) }
    try measure("tokenize", batch: sentences.count) { _ = clip.tokenizer(sentences) }
    let image = try clip.preprocessor(picture)
    for batch in batchSizes {
      let images = [RGBImage](repeating: image, count: batch)
      try measure(
        "image tower", batch: batch, operations: cost.picture.map { $0 * Double(batch) }
      ) { _ = try clip.embed(images: images) }
    }
    let longest = clip.tokenizer.contextLength
    for batch in batchSizes {
      let full = clip.tokenizer(
        Array(repeating: String(repeating: "猫", count: longest), count: batch))
      try measure(
        "text tower, \(longest) tokens", batch: batch,
        operations: cost.text(tokens: longest).map { $0 * Double(batch) }
      ) { _ = try clip.embed(tokens: full) }
    }
    try measure("sentences to embeddings", batch: sentences.count) {
      _ = try clip.embed(texts: sentences)
    }
    let count = 2 * clip.batchSize
    let inputs = (0..<count).map { PictureInput(name: "picture \($0)") { picture } }
    try measure("files to embeddings", batch: count) {
      try clip.embed(pictures: inputs) { _, outcome in _ = try outcome.get() }
    }
    return stages
  }
}
