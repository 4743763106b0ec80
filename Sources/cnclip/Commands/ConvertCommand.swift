import ArgumentParser
import CLIPEmbeddedModel
import CLIPHub
import CLIPModels
import CLIPText
import Checkpoints
import Foundation

/// `cnclip convert`: one checkpoint format into another.
struct ConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a model between Chinese-CLIP's .pt, Hugging Face and our own folders.",
    discussion: """
      Numbers stay as they are, bit for bit, unless --precision asks for something else. What was \
      written is loaded before it gets its name, so a model that the format cannot hold is an error.

      Examples:
        cnclip convert clip_cn_vit-b-16.pt vit-b-16 --to native
        cnclip convert clip_cn_vit-b-16.pt vit-b-16-hf --to huggingface
        cnclip convert vit-b-16-hf clip.pt
      """)

  /// The formats that can be written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case pt
    case huggingface
    case native

    var target: ModelConversion.Target {
      switch self {
      case .pt: .pyTorch
      case .huggingface: .huggingFace
      case .native: .native
      }
    }
  }

  /// What happens to the numbers.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case keep
    case fp32
    case fp16

    var precision: ModelConversion.Precision {
      switch self {
      case .keep: .keep
      case .fp32: .float32
      case .fp16: .float16
      }
    }
  }

  @Argument(help: "A checkpoint file or a model folder.")
  var input: String

  @Argument(help: "What to write: a file ending in .pt, or a folder; it must not exist yet.")
  var output: String

  @Option(help: "The format; by default pt for a name ending in .pt, else native.")
  var to: Format?

  @Option(help: "keep the numbers, or write them as fp32 or fp16.")
  var precision = Precision.keep

  @Option(help: "The vocabulary of a .pt file that was not trained on Google's Chinese one.")
  var vocab: String?

  @Option(help: "The image encoder of a .pt file, where its tensors leave it open.")
  var visionModel: String?

  @Option(help: "The text encoder of a .pt file, where its tensors leave it open.")
  var textModel: String?

  func run() async throws {
    let model = try ModelFiles.open(
      ModelSource(orEmbedded: input, imageEncoder: visionModel, textEncoder: textModel)
        .downloaded(),
      tokenizer: vocab.map {
        try BERTTokenizer(vocabulary: Vocabulary(contentsOf: URL(filePath: $0)))
      })
    let format = to ?? (output.hasSuffix(".pt") ? .pt : .native)
    try ModelConversion(to: format.target, precision: precision.precision)
      .convert(model, to: URL(filePath: output))
    StandardError.line(
      "\(output): \(model.configuration.name) from \(model.family), \(model.report)")
  }
}
