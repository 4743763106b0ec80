import CLIPText
import Checkpoints
import Foundation

extension ModelConversion {
  /// Writes what `ChineseCLIPModel`, `BertTokenizer` and `ChineseCLIPProcessor` read.
  func writeHuggingFace(_ checkpoint: Checkpoint, _ model: ModelFiles, to output: URL) throws {
    let isHalf = checkpoint.entries.allSatisfy { $0.tensor.elementType == .float16 }
    let configuration = try HuggingFaceConfiguration(
      model.configuration, elementType: isHalf ? "float16" : "float32", source: checkpoint.source)
    let (foreign, report) = try NameMap.huggingFace(checkpoint, .fromNative)
    guard report.leftOver.isEmpty else {
      throw CheckpointError.notConvertible(
        source: checkpoint.source,
        reason: "ChineseCLIPModel of transformers has no place for \(report.leftOver[0])")
    }
    let vocabulary = try vocabulary(of: model)
    try AtomicFolder.write(to: output) { folder in
      try foreign.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
      try folder.write(try configuration.json(), to: "config.json")
      try folder.write(vocabulary, to: "vocab.txt")
      try folder.write(
        HuggingFaceCompanions.tokenizer(positions: configuration.text.positions),
        to: "tokenizer_config.json")
      try folder.write(
        HuggingFaceCompanions.preprocessor(
          imageSize: configuration.vision.imageSize, model.configuration.preprocessing),
        to: "preprocessor_config.json")
    }
  }

  /// Writes a folder of this package.
  func writeNative(_ checkpoint: Checkpoint, _ model: ModelFiles, to output: URL) throws {
    let vocabulary = try vocabulary(of: model)
    try AtomicFolder.write(to: output) { folder in
      try checkpoint.writeSafetensors(to: folder.url.appendingPathComponent("model.safetensors"))
      try folder.write(try model.configuration.json(), to: "config.json")
      try folder.write(vocabulary, to: "vocab.txt")
    }
  }

  /// The `vocab.txt` to write.
  private func vocabulary(of model: ModelFiles) throws -> Data {
    let expected = model.configuration.text.vocabularySize
    guard model.vocabulary.count <= expected else {
      throw ModelError.vocabulary(
        file: "the vocabulary", found: model.vocabulary.count, expected: expected)
    }
    return Data(model.vocabulary.bytes)
  }
}
