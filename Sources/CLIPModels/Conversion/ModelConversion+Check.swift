import CLIPText
import Checkpoints
import Foundation
import Torch
import TorchNN

extension ModelConversion {
  /// Loads what was written, and refuses it unless it is the model that it was made of.
  func requireSame(_ staged: URL, as model: ModelFiles, named output: URL) throws {
    let written: ModelFiles
    do {
      written = try .open(
        target == .pyTorch
          ? .file(staged, imageEncoder: nil, textEncoder: nil) : .folder(staged),
        // A folder has brought its own along.
        tokenizer: target == .pyTorch ? model.tokenizer : nil)
      let parameters = written.parameters()
      _ = try withoutGradients { try DualEncoder(written.configuration, parameters: parameters) }
      try parameters.requireAllUsed()
    } catch {
      throw ModelError.unsupported(
        "\(output.path) was not written, since it would not load: "
          + "\(error)".replacing(staged.path, with: output.path)
          .replacing(staged.lastPathComponent, with: output.lastPathComponent))
    }
    let (found, expected) = (written.configuration, model.configuration)
    guard
      found.image == expected.image, found.text.computes(as: expected.text),
      found.embeddingDimension == expected.embeddingDimension,
      found.preprocessing.mean == expected.preprocessing.mean,
      found.preprocessing.standardDeviation == expected.preprocessing.standardDeviation,
      found.preprocessing.fit == expected.preprocessing.fit,
      found.preprocessing.filter == expected.preprocessing.filter,
      written.tokenizer.sharesVocabulary(with: model.tokenizer)
    else {
      throw ModelError.unsupported(
        "\(output.path) was not written, since this format would make another model of it: it "
          + "does not hold all of the configuration; the native format does")
    }
  }
}

extension TextEncoderConfiguration {
  /// Whether another encoder gives the same embeddings; dropout is for training alone.
  fileprivate func computes(as other: TextEncoderConfiguration) -> Bool {
    var own = self
    own.tower.dropout = other.tower.dropout
    return own == other
  }
}
