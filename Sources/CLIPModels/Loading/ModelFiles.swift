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
  /// - Parameter source: what the user named.
  /// - Returns: the parts, the checkpoint's names mapped to native ones.
  /// - Throws: ``ModelError`` or `CheckpointError` when a part is missing or does not fit.
  public static func open(_ source: ModelSource) throws -> ModelFiles {
    switch source {
    case .preset(let name, let checkpoint):
      let configuration = try Presets.configuration(named: name)
      guard let url = try checkpoint ?? Presets.download(of: name) else {
        throw ModelError.weightsNeeded(preset: name)
      }
      return url.hasDirectoryPath
        ? try openFolder(url) : try openFile(url) { _ in configuration }
    case .file(let url, let imageEncoder, let textEncoder):
      return try openFile(url) { checkpoint in
        try ModelConfiguration(
          guessedFrom: checkpoint, file: url.lastPathComponent, imageEncoder: imageEncoder,
          textEncoder: textEncoder)
      }
    case .folder(let url): return try openFolder(url)
    }
  }

  /// The parameters to build encoders from, positions fitted to the architecture's picture size.
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
    let source = CheckpointSource(checkpoint)
    guard case .visionTransformer(let transformer) = configuration.image else { return source }
    return PositionInterpolation(of: source, for: transformer)
  }

  private static func openFile(
    _ url: URL, configuration: (Checkpoint) throws -> ModelConfiguration
  ) throws -> ModelFiles {
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    return try ModelFiles(
      configuration: configuration(checkpoint), checkpoint: checkpoint, family: opened.family,
      report: report, vocabulary: .bundled())
  }

  private static func openFolder(_ url: URL) throws -> ModelFiles {
    let configurationFile = url.appending(path: "config.json")
    guard let json = try? Data(contentsOf: configurationFile) else {
      throw ModelError.incompleteFolder(path: url.path, missing: "config.json")
    }
    let configuration =
      try HuggingFaceConfiguration.modelType(json).isEmpty
      ? ModelConfiguration(json: json, file: configurationFile.path)
      : ModelConfiguration(huggingFaceFolder: url, json: json)
    let vocabularyFile = url.appending(path: "vocab.txt")
    let hasVocabulary = FileManager.default.fileExists(atPath: vocabularyFile.path)
    let vocabulary =
      hasVocabulary ? try Vocabulary(contentsOf: vocabularyFile) : try .bundled()
    guard vocabulary.count <= configuration.text.vocabularySize else {
      throw ModelError.vocabulary(
        file: hasVocabulary ? vocabularyFile.path : "the bundled vocabulary",
        found: vocabulary.count, expected: configuration.text.vocabularySize)
    }
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    return ModelFiles(
      configuration: configuration, checkpoint: checkpoint, family: opened.family, report: report,
      vocabulary: vocabulary)
  }
}
