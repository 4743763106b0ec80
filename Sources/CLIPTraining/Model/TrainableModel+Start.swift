import CLIPEmbeddedModel
import CLIPHub
import CLIPModels
import CLIPText
import Checkpoints
import Foundation
public import Torch
import TorchNN

extension TrainableModel {
  /// Builds what a configuration starts from; random values come from LibTorch's generator.
  ///
  /// - Parameters:
  ///   - start: what to start from.
  ///   - device: where the model computes.
  /// - Returns: a model to train, with a report of where its tensors came from.
  /// - Throws: ``TrainingError/start(_:)`` for a start that is not clear, ``TrainingError``,
  ///   `ModelError`, `CheckpointError`.
  public static func build(_ start: ModelStart, device: Device) throws -> TrainableModel {
    let towers = start.imageWeights != nil || start.textWeights != nil
    if let architecture = start.architecture {
      guard start.from == nil else {
        throw TrainingError.start(
          "\"model\" names both \"from\" and \"architecture\"; name the one to start from")
      }
      return try fromTowers(start, architecture, device: device)
    }
    guard !towers else {
      throw TrainingError.start(
        "\"image_weights\" and \"text_weights\" need an \"architecture\", for example "
          + "\"ViT-B-16\"")
    }
    return try fromModel(start, device: device)
  }

  /// Scalars of the model that a start names, without loading it.
  ///
  /// - Throws: `ModelError`, `CheckpointError`.
  public static func parameterCount(of start: ModelStart) throws -> Int {
    try files(of: start).checkpoint.parameterCount
  }

  /// The model that a start names.
  private static func files(of start: ModelStart) throws -> ModelFiles {
    let source = try ModelSource(
      orEmbedded: start.from.map(DataSource.expanded),
      checkpoint: start.checkpoint.map { URL(filePath: try DataSource.expanded($0)) }
    ).downloaded()
    return try ModelFiles.open(source, tokenizer: start.vocabulary.map(tokenizer))
  }

  private static func tokenizer(_ vocabulary: String) throws -> BERTTokenizer {
    try BERTTokenizer(
      vocabulary: Vocabulary(contentsOf: URL(filePath: DataSource.expanded(vocabulary))))
  }

  private static func fromModel(_ start: ModelStart, device: Device) throws -> TrainableModel {
    var files = try files(of: start)
    try adapt(&files.configuration, start)
    return try TrainableModel(
      files.configuration, from: files.source, random: start.random,
      tokenizer: files.tokenizer, device: device, lowRank: start.lowRank
    ).reporting { report in
      report.files = [start.checkpoint ?? start.from ?? "the embedded model"]
      report.renamedCount = files.report.renamedTensorCount
    }
  }

  private static func fromTowers(
    _ start: ModelStart, _ architecture: ModelStart.Architecture, device: Device
  ) throws -> TrainableModel {
    var configuration: ModelConfiguration
    switch architecture {
    case .preset(let name): configuration = try Presets.configuration(named: name)
    case .configuration(let numbers): configuration = try numbers.validated()
    }
    try adapt(&configuration, start)
    let tokenizer =
      try start.vocabulary.map(tokenizer) ?? BERTTokenizer(vocabulary: .bundled())
    try configuration.requireFit(of: tokenizer, in: start.vocabulary ?? "the bundled vocabulary")
    guard start.imageWeights != nil || start.textWeights != nil else {
      return try TrainableModel(
        configuration, from: nil, random: ["*"], tokenizer: tokenizer, device: device,
        lowRank: start.lowRank)
    }
    let source = try TowerSource(
      imageWeights: start.imageWeights, textWeights: start.textWeights,
      configuration: configuration)
    // A tower without a file is meant to start at random; what a file should have given is not.
    var random: Set<Parameters.Part> = [.textHead]
    if start.imageWeights == nil { random.formUnion(TowerSource.imageParts) }
    if start.textWeights == nil { random.formUnion(TowerSource.textParts) }
    return try TrainableModel(
      configuration, from: source, random: start.random, randomParts: random,
      tokenizer: tokenizer, device: device, lowRank: start.lowRank
    ).reporting { report in
      report.files = source.parts.map(\.file)
      report.renamedCount = source.parts.reduce(0) { $0 + $1.report.renamedTensorCount }
      report.unused += source.parts.flatMap { part in
        part.report.leftOver + part.checkpoint.names.filter { !part.takes.contains($0) }
      }
    }
  }

  /// Fits a configuration to what the run asks for.
  private static func adapt(_ configuration: inout ModelConfiguration, _ start: ModelStart) throws {
    if let length = start.contextLength { configuration.contextLength = length }
    if let dropout = start.dropout {
      guard (0..<1).contains(dropout) else {
        throw TrainingError.setting(key: "model.dropout", problem: "must be in 0 ..< 1")
      }
      configuration.text.tower.dropout = dropout
    }
    configuration = try configuration.validated()
  }
}

extension ModelConfiguration {
  /// This configuration, checked.
  fileprivate func validated() throws -> ModelConfiguration {
    try ModelConfiguration(json: json(), file: "the model's configuration")
  }
}

extension NameMapReport {
  fileprivate var renamedTensorCount: Int { renamed.reduce(0) { $0 + $1.found.count } }
}
