import Foundation

/// The input of a conversion: its tensors in native names, and what stands beside them.
struct ConversionSource {
  /// The tensors, with the architecture among the facts.
  let checkpoint: Checkpoint
  /// The model.
  let architecture: ArchitectureHint
  /// The `vocab.txt` of an input folder.
  let vocabulary: Data?
  /// The `config.json` of an input folder of this package.
  let configuration: Data?

  init(
    input: URL, checkpoint: Checkpoint, family: CheckpointFamily, given: ArchitectureHint?
  ) throws {
    let folder = try CheckpointFolder(input)
    let isFolder = (try? input.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
    vocabulary = isFolder ? try folder.text("vocab.txt") : nil
    let settings = isFolder ? try folder.text("config.json") : nil
    configuration = family == .native ? settings : nil
    let seen = checkpoint.architecture
    var architecture = given ?? seen
    if given == nil, family == .huggingFaceChineseCLIP, let settings {
      let path = input.appendingPathComponent("config.json").path
      architecture = try HuggingFaceConfiguration(json: settings, source: path).architecture
      if let difference = architecture.firstDifference(from: seen) {
        throw CheckpointError.invalidConfiguration(
          source: path, key: difference.key,
          reason: "is \(difference.here), but the tensors beside it say \(difference.there)")
      }
    }
    self.architecture = architecture
    var metadata = checkpoint.metadata
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(architecture), as: UTF8.self)
    metadata[Checkpoint.architectureKey] = .string(text)
    self.checkpoint = try checkpoint.replacing(checkpoint.entries, metadata: metadata)
  }

  /// Refuses a model that Chinese-CLIP's code would load and compute differently: its activations
  /// and epsilons are fixed.
  func requireOriginalMathematics() throws {
    let vision = architecture.vision.map { ($0.activation, $0.layerNormEpsilon) }
    let text = architecture.text.map { ($0.activation, $0.layerNormEpsilon) }
    let isOriginal =
      vision.map { $0 == ("quick_gelu", 1e-5) || $0 == ("relu", 1e-5) } ?? true
      && text.map { $0 == ("gelu", 1e-12) } ?? true
    guard isOriginal else {
      throw CheckpointError.notConvertible(
        source: checkpoint.source,
        reason: "Chinese-CLIP computes quick_gelu and gelu with epsilons of 1e-05 and 1e-12, and "
          + "this model differs")
    }
  }
}
