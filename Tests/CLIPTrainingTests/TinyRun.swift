import CLIPModels
import CLIPText
import CLIPTraining
import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// A run small enough for a test: 24 pictures of 16 × 16 pixels with a caption each.
struct TinyRun {
  let folder: URL
  var output: URL { folder.appending(path: "run") }

  init(pairs: Int = 24) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TinyPairs.write(pairs, to: folder)
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }

  static let text = TextEncoderConfiguration.bert(
    BERT.Configuration(
      vocabularySize: 60, maximumPositions: 16, tokenTypes: 2, width: 32, layers: 2, heads: 4,
      mlpWidth: 48, activation: .gelu, layerNormEpsilon: 1e-12, dropout: 0.1,
      projectionBias: false))

  static func architecture(dropout: Double = 0.1, imageSize: Int = 16) -> ModelConfiguration {
    var text = text
    if var bert = text.tower as? BERT.Configuration {
      bert.dropout = dropout
      text = .bert(bert)
    }
    return ModelConfiguration(
      name: "tiny", embeddingDimension: 16, contextLength: 12,
      image: .visionTransformer(
        VisionTransformer.Configuration(
          imageSize: imageSize, patchSize: 8, width: 32, layers: 2, heads: 2, mlpWidth: 128,
          activation: .quickGELU)),
      text: text)
  }

  /// A run of one stage; tests change what they are about.
  func configuration(dropout: Double = 0.1, steps: Int = 20) -> TrainingConfiguration {
    var start = ModelStart()
    start.architecture = .configuration(Self.architecture(dropout: dropout))
    start.vocabulary = folder.appending(path: "vocab.txt").path
    var stage = StageConfiguration(
      name: "both", steps: steps, batchSize: 8, learningRate: 2e-3)
    stage.warmupSteps = 2
    var configuration = TrainingConfiguration(
      model: start,
      data: DataConfiguration(
        train: DataSource(path: folder.path, split: "train"),
        valid: DataSource(path: folder.path, split: "valid")),
      stages: [stage])
    configuration.logInterval = 1
    configuration.evaluation.everyEpochs = 0
    configuration.evaluation.atStart = false
    configuration.device = "cpu"
    return configuration
  }

  /// The losses of a run's `metrics.jsonl`.
  func losses(_ output: URL? = nil) throws -> [Double] {
    try metrics("loss", output)
  }

  func metrics(_ key: String, _ output: URL? = nil) throws -> [Double] {
    let file = (output ?? self.output).appending(path: "metrics.jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return line?[key] as? Double
    }
  }

  func tensors(_ path: String, _ output: URL? = nil) throws -> CheckpointSource {
    CheckpointSource(try Checkpoint.open((output ?? self.output).appending(path: path)))
  }
}

/// Fails unless two sources have the same tensors to the bit.
func expectEqual(
  _ first: CheckpointSource, _ second: CheckpointSource,
  where chosen: (String) -> Bool = { _ in true },
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let names = first.tensorNames.filter(chosen)
  #expect(
    names.sorted() == second.tensorNames.filter(chosen).sorted(), sourceLocation: sourceLocation)
  for name in names {
    let a = try first.tensor(named: name)?.withBytes { Array($0) }
    let b = try second.tensor(named: name)?.withBytes { Array($0) }
    #expect(a == b, "\(name)", sourceLocation: sourceLocation)
  }
}
