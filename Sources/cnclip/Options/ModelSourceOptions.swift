import ArgumentParser
import CLIPEmbeddedModel
import CLIPHub
import CLIPModels
import CLIPText
import Foundation

/// The options that name a model: the same wherever one is read.
struct ModelSourceOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      """
      A preset (ViT-B-16, RN50, …; see 'cnclip models'), a .pt or .safetensors file, or a model \
      folder of ours or of Hugging Face; by default the small embedded model.
      """, valueName: "name|path"))
  var model: String?

  @Option(help: ArgumentHelp("The weights of a preset, a .pt file.", valueName: "file"))
  var checkpoint: String?

  @Option(help: "The image encoder of a .pt file, where its tensors leave it open.")
  var visionModel: String?

  @Option(help: "The text encoder of a .pt file, where its tensors leave it open.")
  var textModel: String?

  @Option(help: "The vocabulary of a .pt file that was not trained on Google's Chinese one.")
  var vocab: String?

  /// What the options name, a preset with its download where there is one.
  ///
  /// - Throws: `ModelError` for a name that is none.
  var source: ModelSource {
    get throws {
      try ModelSource(
        orEmbedded: model, checkpoint: checkpoint.map { URL(filePath: $0) },
        imageEncoder: visionModel, textEncoder: textModel
      ).downloaded()
    }
  }

  /// The model's parts, with the vocabulary that was named.
  ///
  /// - Throws: `ModelError`, `CheckpointError`, `TextError`.
  func open() throws -> ModelFiles {
    try ModelFiles.open(
      source,
      tokenizer: vocab.map {
        try BERTTokenizer(vocabulary: Vocabulary(contentsOf: URL(filePath: $0)))
      })
  }
}
