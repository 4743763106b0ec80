import Foundation

extension CheckpointConversion {
  /// Writes what `ChineseCLIPModel`, `BertTokenizer` and `ChineseCLIPProcessor` read.
  func writeHuggingFace(
    _ checkpoint: Checkpoint, _ source: ConversionSource, to output: URL
  ) throws {
    var configuration = try HuggingFaceConfiguration(
      source.architecture, source: checkpoint.source)
    let isHalf = checkpoint.entries.allSatisfy { $0.tensor.elementType == .float16 }
    configuration.elementType = isHalf ? "float16" : "float32"
    let (foreign, report) = try NameMap.huggingFace(checkpoint, .fromNative)
    guard report.leftOver.isEmpty else {
      throw CheckpointError.notConvertible(
        source: checkpoint.source,
        reason: "ChineseCLIPModel of transformers has no place for \(report.leftOver[0])")
    }
    let folder = try AtomicFolder(output)
    try foreign.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
    try folder.write(try configuration.json(), to: "config.json")
    try folder.write(try vocabulary(source), to: "vocab.txt")
    try folder.write(
      HuggingFaceCompanions.tokenizer(positions: configuration.text.positions),
      to: "tokenizer_config.json")
    try folder.write(
      try HuggingFaceCompanions.preprocessor(imageSize: configuration.vision.imageSize),
      to: "preprocessor_config.json")
    try folder.commit()
  }

  /// Writes a folder of this package.
  func writeNative(
    _ checkpoint: Checkpoint, _ source: ConversionSource, to output: URL
  ) throws {
    let folder = try AtomicFolder(output)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let settings =
      try configuration ?? source.configuration ?? encoder.encode(source.architecture)
    try checkpoint.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
    try folder.write(settings, to: "config.json")
    try folder.write(try vocabulary(source), to: "vocab.txt")
    try folder.commit()
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
