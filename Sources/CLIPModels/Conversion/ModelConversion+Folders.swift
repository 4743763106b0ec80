import CLIPText
import Checkpoints
import Files
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
    guard model.tokenizer is BERTTokenizer else {
      throw CheckpointError.notConvertible(
        source: checkpoint.source, reason: "ChineseCLIPModel of transformers reads BERT's tokens")
    }
    try model.configuration.requireFit(of: model.tokenizer, in: "the vocabulary")
    try write(to: output) { folder in
      try foreign.writeSafetensors(to: folder.appendingPathComponent("model.safetensors"))
      try write(try configuration.json(), "config.json", in: folder)
      for file in model.tokenizer.files { try write(Data(file.bytes), file.name, in: folder) }
      try write(
        HuggingFaceCompanions.tokenizer(positions: configuration.text.positions),
        "tokenizer_config.json", in: folder)
      try write(
        HuggingFaceCompanions.preprocessor(
          imageSize: configuration.vision.imageSize, model.configuration.preprocessing),
        "preprocessor_config.json", in: folder)
    }
  }

  /// Writes a folder of this package.
  func writeNative(_ checkpoint: Checkpoint, _ model: ModelFiles, to output: URL) throws {
    try model.configuration.requireFit(of: model.tokenizer, in: "the vocabulary")
    try write(to: output) { folder in
      try checkpoint.writeSafetensors(to: folder.appendingPathComponent("model.safetensors"))
      try write(try model.configuration.json(), "config.json", in: folder)
      for file in model.tokenizer.files { try write(Data(file.bytes), file.name, in: folder) }
    }
  }

  /// Writes a folder that appears when it is complete.
  private func write(to output: URL, _ fill: (URL) throws -> Void) throws {
    try CheckpointError.wrapping {
      try AtomicFolder.write(to: output) { folder in
        do {
          try fill(folder)
        } catch CheckpointError.cannotWrite(_, let reason) {
          // The temporary name means nothing to the reader of the message.
          throw FileError.unwritable(path: output.path, reason: reason)
        }
      }
    }
  }

  private func write(_ content: Data, _ name: String, in folder: URL) throws {
    let file = try AtomicFile(folder.appendingPathComponent(name))
    try file.write(content)
    try file.commit()
  }
}
