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
  /// What makes ids of texts, with the vocabulary that the text encoder was trained on.
  public var tokenizer: any Tokenizer

  package init(
    configuration: ModelConfiguration, checkpoint: Checkpoint, family: CheckpointFamily,
    report: NameMapReport, tokenizer: any Tokenizer
  ) {
    self.configuration = configuration
    self.checkpoint = checkpoint
    self.family = family
    self.report = report
    self.tokenizer = tokenizer
  }

  /// Finds and opens the parts.
  ///
  /// - Parameters:
  ///   - source: what the user named.
  ///   - tokenizer: what the text encoder was trained with, where the source does not say: a file
  ///     holds no vocabulary, and a folder may lack it. BERT's with Google's Chinese one if nil.
  /// - Returns: the parts, the checkpoint's names mapped to native ones.
  /// - Throws: ``ModelError`` or `CheckpointError` when a part is missing or does not fit.
  public static func open(
    _ source: ModelSource, tokenizer: (any Tokenizer)? = nil
  ) throws -> ModelFiles {
    switch source {
    case .preset(let name, let checkpoint):
      let configuration = try Presets.configuration(named: name)
      guard let url = checkpoint else {
        throw ModelError.weightsNeeded(preset: name)
      }
      return url.hasDirectoryPath
        ? try openFolder(url, tokenizer)
        : try openFile(url, tokenizer) { _ in configuration }
    case .file(let url, let imageEncoder, let textEncoder):
      return try openFile(url, tokenizer) { checkpoint in
        try ModelConfiguration(
          guessedFrom: checkpoint, file: url.lastPathComponent, imageEncoder: imageEncoder,
          textEncoder: textEncoder)
      }
    case .folder(let url): return try openFolder(url, tokenizer)
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
    _ url: URL, _ given: (any Tokenizer)?,
    configuration: (Checkpoint) throws -> ModelConfiguration
  ) throws -> ModelFiles {
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    let architecture = try configuration(checkpoint)
    let (tokenizer, name) = try fallback(given)
    try architecture.requireFit(of: tokenizer, in: name)
    return ModelFiles(
      configuration: architecture, checkpoint: checkpoint, family: opened.family,
      report: report, tokenizer: tokenizer)
  }

  private static func openFolder(
    _ url: URL, _ given: (any Tokenizer)?
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
    let own = try TokenizerKind.open(folder: url).map { ($0.tokenizer, $0.file.path) }
    if let own, given != nil {
      throw ModelError.unsupported(
        "\(url.path) has a vocabulary of its own, \(own.1); a vocabulary can be given for a file "
          + "of weights, or for a folder without one")
    }
    let (tokenizer, name) = try own ?? fallback(given)
    try configuration.requireFit(of: tokenizer, in: name)
    try SpecialPieces(in: url)?.requireFit(of: tokenizer, in: name)
    let opened = try Checkpoint.open(url)
    let (checkpoint, report) = try opened.native()
    return ModelFiles(
      configuration: configuration, checkpoint: checkpoint, family: opened.family, report: report,
      tokenizer: tokenizer)
  }

  /// The tokenizer where a source has none, and how messages call its vocabulary.
  private static func fallback(
    _ given: (any Tokenizer)?
  ) throws -> (any Tokenizer, String) {
    if let given { return (given, "the given vocabulary") }
    return (try BERTTokenizer(vocabulary: .bundled()), "the bundled vocabulary")
  }
}
