import ArgumentParser
import CLIPImages
import CLIPModels
import CLIPText
import Foundation
import Torch

/// The options that name a model and say how it computes.
struct ModelOptions: ParsableArguments {
  @OptionGroup var named: ModelSourceOptions

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
    return try CLIP.load(
      named.open(),
      options: CLIP.Options(
        device: device, precision: precision, batchSize: batchSize, decoder: decoder,
        contextLength: contextLength, normalization: normalization,
        conversionOrder: conversionOrder))
  }
}
