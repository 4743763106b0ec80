import CLIPData
import CLIPModels
import CLIPText
import CLIPTraining
import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// `Scripts/fixtures/training.py`: a tiny model, five batches of eight pairs, fifty losses.
struct ParityFixture {
  static let batchCount = 5
  static let batchSize = 8

  let source: CheckpointSource
  private let texts: [String]

  init() throws {
    let folder = Bundle.module.bundleURL.appending(path: "Fixtures")
    source = CheckpointSource(
      try Checkpoint.open(folder.appending(path: "parity.safetensors")))
    struct File: Decodable { let texts: [String] }
    texts = try JSONDecoder().decode(
      File.self, from: Data(contentsOf: folder.appending(path: "parity.json"))
    ).texts
  }

  /// The model with its first weights, learning all or all but the image encoder.
  func model(lowRank: LowRankConfiguration? = nil, dropout: Double = 0) throws -> TrainableModel {
    try TrainableModel(
      TinyRun.architecture(dropout: dropout, imageSize: 32), from: source, random: .none,
      tokenizer: BERTTokenizer(vocabulary: Vocabulary(bytes: TinyPairs.vocabularyBytes)),
      device: .cpu, lowRank: lowRank)
  }

  func losses(_ stage: String) throws -> [Double] {
    try #require(try source.tensor(named: "golden.\(stage)")).scalars(Double.self)
  }

  /// Some pairs, in order; views say which captions each picture has, counted from its own.
  func batch(
    _ rows: Range<Int>, _ model: TrainableModel, views: [Int] = [0]
  ) throws -> TrainingBatch {
    let pixels = try #require(try source.tensor(named: "golden.pixels")).sliced(rows)
    let content = rows.map { row in
      SampleBatch.Row(
        index: row,
        sample: Sample(
          imageID: Int64(row),
          texts: views.map { offset in
            let place = (row + offset) % texts.count
            return Sample.Text(id: Int64(place), text: texts[place])
          }),
        imageKey: UInt64(row), tokenizer: model.tokenizer)
    }
    return TrainingBatch(
      try SampleBatch(content, at: TrainingPosition(), source: "the fixture"),
      pictures: .pixels(pixels))
  }

  /// The gradients of one batch, by name, and its loss.
  func gradients(
    _ rows: Range<Int> = 0..<16, model: TrainableModel? = nil, frozen: NamePatterns = .none,
    objective: ObjectiveConfiguration = ObjectiveConfiguration(), terms: Objective? = nil,
    workers: WorkerGroup? = nil, batch: TrainingBatch? = nil,
    _ change: (inout StageConfiguration) -> Void = { _ in }
  ) throws -> (loss: Double, gradients: [String: Tensor]) {
    let model = try model ?? self.model()
    var stage = StageConfiguration(
      name: "test", frozen: frozen, steps: 1, batchSize: rows.count, learningRate: 1)
    change(&stage)
    let learned = try model.encoder.parameters.freeze(stage.frozen)
    let step = TrainingStep(
      model: model, objective: terms ?? objective.objective, stage: stage,
      learned: learned, workers: workers)
    let report = try step(batch ?? self.batch(rows, model))
    var gradients: [String: Tensor] = [:]
    for entry in learned { gradients[entry.name] = try entry.tensor.gradient()?.clone() }
    return (report.loss, gradients)
  }
}

/// Fails unless two sets of gradients agree to a share of each tensor's largest element.
func expectClose(
  _ found: [String: Tensor], _ expected: [String: Tensor], tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(found.keys.sorted() == expected.keys.sorted(), sourceLocation: sourceLocation)
  for (name, gradient) in expected {
    guard let other = found[name] else { continue }
    let difference = try (other - gradient).absolute().max().item()
    let scale = max(try gradient.absolute().max().item(), 1e-3)
    #expect(
      difference <= tolerance * scale, "\(name): \(difference)", sourceLocation: sourceLocation)
  }
}
