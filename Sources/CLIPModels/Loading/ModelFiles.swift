public import CLIPText
public import Checkpoints
import Foundation
public import TorchNN

/// A model's parts as they lie on disk: architecture, tensors, vocabulary.
///
/// Nothing is computed yet, and mapped tensors are not even read.
public struct ModelFiles: Sendable {
  /// The architecture.
  public var configuration: ModelConfiguration
  /// The tensors, under Chinese-CLIP's names.
  public let checkpoint: Checkpoint
  /// Whose names the file's tensors had.
  public let family: CheckpointFamily
  /// How the file's names became ours.
  public let report: NameMapReport
  /// What the text encoder was trained on.
  public var vocabulary: Vocabulary

  package init(
    configuration: ModelConfiguration, checkpoint: Checkpoint, family: CheckpointFamily,
    report: NameMapReport, vocabulary: Vocabulary
  ) {
    self.configuration = configuration
    self.checkpoint = checkpoint
    self.family = family
    self.report = report
    self.vocabulary = vocabulary
  }

  /// Finds and opens the parts.
  ///
  /// - Parameters:
  ///   - source: what the user named.
  ///   - vocabulary: what the text encoder was trained on, where the source does not say: a file
  ///     holds no vocabulary, and a folder may lack it. Google's Chinese one if nil.
  /// - Returns: the parts, the checkpoint's names mapped to native ones.
  /// - Throws: ``ModelError`` or `CheckpointError` when a part is missing or does not fit.
  public static func open(
    _ source: ModelSource, vocabulary: Vocabulary? = nil
  ) throws -> ModelFiles {
    switch source {
    case .preset(let name, let checkpoint):
      let configuration = try Presets.configuration(named: name)
      guard let url = checkpoint else {
        throw ModelError.weightsNeeded(preset: name)
      }
      return url.hasDirectoryPath
        ? try openFolder(url, vocabulary)
        : try openFile(url, vocabulary) { _ in configuration }
    case .file(let url, let imageEncoder, let textEncoder):
      return try openFile(url, vocabulary) { checkpoint in
        try ModelConfiguration(
          guessedFrom: checkpoint, file: url.lastPathComponent, imageEncoder: imageEncoder,
          textEncoder: textEncoder)
      }
    case .folder(let url): return try openFolder(url, vocabulary)
    }
  }

  /// The parameters to build encoders from, fitted to the architecture's picture size.
  ///
  /// - Parameters:
  ///   - missing: what to do about names that the checkpoint lacks.
  ///   - numerics: the type and device wanted.
  /// - Returns: parameters that read a tensor when a layer asks for it.
  public func parameters(
    missing: Parameters.MissingPolicy = .fail, numerics: Numerics = .exact
  ) -> Parameters {
    Parameters(from: source, missing: missing, numerics: numerics)
  }

  /// The checkpoint's tensors, positions fitted to the architecture's picture size.
  public var source: any TensorSource {
    configuration.fitted(CheckpointSource(checkpoint))
  }

  private static func openFile(
    _ url: URL, _ vocabulary: Vocabulary?, configuration: (Checkpoint) throws -> ModelConfiguration
  ) throws -> ModelFiles {
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    let architecture = try configuration(checkpoint)
    let fitting = try vocabulary ?? .bundled()
    try architecture.requireFit(
      of: fitting, in: vocabulary == nil ? "the bundled vocabulary" : "the given vocabulary")
    return ModelFiles(
      configuration: architecture, checkpoint: checkpoint, family: opened.family,
      report: report, vocabulary: fitting)
  }

  private static func openFolder(
    _ url: URL, _ given: Vocabulary?
  ) throws -> ModelFiles {
    let configurationFile = url.appending(path: "config.json")
    guard FileManager.default.fileExists(atPath: configurationFile.path) else {
      throw ModelError.incompleteFolder(path: url.path, missing: "config.json")
    }
    let json = try ConfigurationFile.read(configurationFile)
    let configuration =
      try HuggingFaceConfiguration.modelType(json).isEmpty
      ? ModelConfiguration(json: json, file: configurationFile.path)
      : ModelConfiguration(huggingFaceFolder: url, json: json)
    let vocabularyFile = url.appending(path: "vocab.txt")
    let hasVocabulary = FileManager.default.fileExists(atPath: vocabularyFile.path)
    let vocabulary =
      hasVocabulary ? try Vocabulary(contentsOf: vocabularyFile) : try given ?? .bundled()
    let name =
      hasVocabulary
      ? vocabularyFile.path : given == nil ? "the bundled vocabulary" : "the given vocabulary"
    try configuration.requireFit(of: vocabulary, in: name)
    try SpecialPieces(in: url)?.requireFit(of: vocabulary, in: name)
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    return ModelFiles(
      configuration: configuration, checkpoint: checkpoint, family: opened.family, report: report,
      vocabulary: vocabulary)
  }
}
