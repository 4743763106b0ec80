public import CLIPImages
public import CLIPModels
public import CLIPText
public import Torch
package import TorchNN

/// A model that learns: encoders with `float32` weights of their own, and what their inputs need.
public struct TrainableModel: Sendable {
  /// Both encoders; their parameters change in place.
  public let encoder: DualEncoder
  /// Sentences to token ids.
  public let tokenizer: any Tokenizer
  /// Picture files to squares of pixels, as at inference.
  public let preprocessor: ImagePreprocessor
  /// What the model is made of.
  public let report: StartReport

  /// The architecture.
  public var configuration: ModelConfiguration { encoder.configuration }
  /// Where the model is.
  public var device: Device { encoder.parameters.numerics.device }

  /// Whether the image encoder has running statistics.
  var hasBatchNorm: Bool { encoder.parameters.entries.contains { $0.kind == .buffer } }

  /// Builds a model on tensors of its own.
  ///
  /// - Parameters:
  ///   - configuration: the architecture.
  ///   - source: where weights come from; nil: all start at random.
  ///   - random: names that may start at random.
  ///   - randomParts: parts of the model that may.
  ///   - tokenizer: what the text encoder reads with; its length becomes the configuration's.
  ///   - device: where the model computes.
  ///   - lowRank: additions to learn beside the weights.
  /// - Throws: ``TrainingError/unexpectedlyRandom(names:file:)``; `ParameterError`.
  package init(
    _ configuration: ModelConfiguration, from source: (any TensorSource)?, random: NamePatterns,
    randomParts: Set<Parameters.Part> = [], tokenizer: any Tokenizer, device: Device,
    lowRank: LowRankConfiguration? = nil
  ) throws {
    let parameters = Parameters(
      from: source.map(CopyingSource.init), missing: .initialize,
      numerics: Numerics(dtype: .float32, device: device), lowRank: lowRank)
    encoder = try withoutGradients { try DualEncoder(configuration, parameters: parameters) }
    let drawn = Set(parameters.initializedNames)
    let unexpected = parameters.entries.filter {
      drawn.contains($0.name) && !random.contains($0.name) && !randomParts.contains($0.part)
    }.map(\.name)
    guard source == nil || unexpected.isEmpty else {
      throw TrainingError.unexpectedlyRandom(
        names: unexpected, file: source?.sourceName ?? "the checkpoint")
    }
    self.tokenizer = try tokenizer.configured(
      contextLength: configuration.contextLength, normalization: nil)
    preprocessor = configuration.preprocessor()
    report = StartReport(
      files: source.map { [$0.sourceName] } ?? [],
      loadedCount: parameters.entries.count { $0.kind != .adapter }
        - parameters.initializedNames.count,
      renamedCount: 0, random: parameters.initializedNames, unused: parameters.unusedNames,
      parameterCount: parameters.count)
  }

  private init(_ other: TrainableModel, report: StartReport) {
    encoder = other.encoder
    tokenizer = other.tokenizer
    preprocessor = other.preprocessor
    self.report = report
  }

  func reporting(_ change: (inout StartReport) -> Void) -> TrainableModel {
    var report = report
    change(&report)
    return TrainableModel(self, report: report)
  }

  /// The model as others use it, with merged additions; it shares memory with this one where the
  /// precision is the same, so it is for the time until the next step.
  ///
  /// - Parameters:
  ///   - precision: how exactly it computes.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Returns: a model for use.
  /// - Throws: `ModelError` for a temperature that is no number; `TorchError` when the device has too
  ///   little memory for it.
  public func ready(precision: Precision, batchSize: Int) throws -> CLIP {
    try CLIP(
      encoder: encoder, tokenizer: tokenizer, preprocessor: preprocessor, device: device,
      precision: precision, batchSize: batchSize)
  }
}
