import Foundation

extension CheckpointConversion {
  /// Writes what `ChineseCLIPModel`, `BertTokenizer` and `ChineseCLIPProcessor` read.
  func writeHuggingFace(
    _ checkpoint: Checkpoint, _ source: ConversionSource, to output: URL
  ) throws {
    let isHalf = checkpoint.entries.allSatisfy { $0.tensor.elementType == .float16 }
    let configuration = try HuggingFaceConfiguration(
      source.architecture, elementType: isHalf ? "float16" : "float32",
      source: checkpoint.source)
    let (foreign, report) = try NameMap.huggingFace(checkpoint, .fromNative)
    guard report.leftOver.isEmpty else {
      throw CheckpointError.notConvertible(
        source: checkpoint.source,
        reason: "ChineseCLIPModel of transformers has no place for \(report.leftOver[0])")
    }
    let vocabulary = try vocabulary(source)
    try AtomicFolder.write(to: output) { folder in
      try foreign.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
      try folder.write(try configuration.json(), to: "config.json")
      try folder.write(vocabulary, to: "vocab.txt")
      try folder.write(
        HuggingFaceCompanions.tokenizer(positions: configuration.text.positions),
        to: "tokenizer_config.json")
      try folder.write(
        HuggingFaceCompanions.preprocessor(imageSize: configuration.vision.imageSize),
        to: "preprocessor_config.json")
    }
  }

  /// Writes a folder of this package.
  func writeNative(
    _ checkpoint: Checkpoint, _ source: ConversionSource, to output: URL
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let settings =
      try configuration ?? source.configuration ?? encoder.encode(source.architecture)
    let vocabulary = try vocabulary(source)
    try AtomicFolder.write(to: output) { folder in
      try checkpoint.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
      try folder.write(settings, to: "config.json")
      try folder.write(vocabulary, to: "vocab.txt")
    }
  }

  /// The vocabulary beside the input, or the given one.
  private func vocabulary(_ source: ConversionSource) throws -> Data {
    guard let vocabulary = source.vocabulary ?? vocabulary else {
      throw CheckpointError.missingFile(
        folder: source.checkpoint.source, names: ["vocab.txt", "a vocabulary given by hand"])
    }
    return vocabulary
  }
}
