import ArgumentParser
import CLIPEmbeddedModel
import CLIPHub
import CLIPImages
import CLIPModels
import CLIPText
import Foundation
import Torch

/// The options that name a model and say how it computes.
struct ModelOptions: ParsableArguments {
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

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device = "auto"

  @Option(help: "fp32 gives the original's numbers; bf16 is faster where the CPU has it.")
  var precision = Precision.automatic

  @Option(help: "Tokens a text is cut to, from 2 to 512; by default the model's, mostly 52.")
  var contextLength: Int?

  @Option(help: ArgumentHelp("Threads to compute with.", valueName: "count"))
  var threads: Int?

  /// Loads the model, after a word on a precision that this processor has no instructions for.
  ///
  /// - Parameters:
  ///   - normalization: what happens to a text before it is tokenized.
  ///   - decoder: how picture files are read.
  ///   - conversionOrder: when pictures become RGB; by default as the model has it.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Returns: a model that is ready to embed.
  /// - Throws: what `CLIP.load` throws; `TorchError` for a device that is not there.
  func load(
    normalization: TextNormalization = .training, decoder: ImageDecoder = ImageDecoder(),
    conversionOrder: ConversionOrder? = nil, batchSize: Int = CLIP.defaultBatchSize
  ) throws -> CLIP {
    if let threads { LibTorch.threads = threads }
    LibTorch.flushDenormals()
    DeviceFallback.warn(device)
    let device = try Device(named: device)
    if let emulation = try PrecisionEmulation(of: precision, on: device) {
      StandardError.line("warning: \(emulation).")
    }
    let tokenizer = try vocab.map {
      try BERTTokenizer(vocabulary: Vocabulary(contentsOf: URL(filePath: $0)))
    }
    return try CLIP.load(
      ModelFiles.open(source, tokenizer: tokenizer),
      options: CLIP.Options(
        device: device, precision: precision, batchSize: batchSize, decoder: decoder,
        contextLength: contextLength, normalization: normalization,
        conversionOrder: conversionOrder))
  }

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
}
