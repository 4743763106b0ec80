public import CLIPImages
import CLIPText
import Torch
import TorchNN

extension CLIP {
  /// Unit features of pictures: what ``interaction`` compares, tokens too if it compares those.
  ///
  /// - Parameter images: squares of the encoder's size, as ``preprocessor`` makes them.
  /// - Returns: features on the model's device, a row for each picture in their order.
  /// - Throws: ``ModelError/imageSize(found:expected:)`` for a picture of another size.
  public func features(images: [RGBImage]) throws -> Features {
    let parts = try batches(images) { input in
      try encoder.imageEncoder(input, options: options)
        .normalized(tokens: interaction.normalizesTokens)
    }
    return try .concatenated(parts)
  }

  /// Unit features of texts: what ``interaction`` compares, tokens too if it compares those.
  ///
  /// - Parameter texts: in any language that the model knows.
  /// - Returns: features on the model's device, a row for each text in their order, with tokens up to
  ///   the tokenizer's context.
  /// - Throws: `TorchError` when the network cannot compute, for want of memory for example.
  public func features(texts: [String]) throws -> Features {
    let tokens = tokenizer(texts)
    let length = tokenizer.contextLength
    let parts = try stride(from: 0, to: tokens.count, by: batchSize).map { start in
      let rows = start..<min(start + batchSize, tokens.count)
      let ids = try Tensor(tokens.padded(rows: rows, to: length), shape: [rows.count, length])
      let mask = try tokens.mask(rows: rows, to: length)?.to(device: device)
      let words =
        encoder.textEncoder.mergesWords
        ? try tokens.words(rows: rows, to: length, by: tokenizer).to(device: device) : nil
      return try withInferenceMode {
        try encoder.textEncoder(
          ids.to(device: device), mask: mask, words: words, options: options
        ).normalized(tokens: interaction.normalizesTokens).padded(to: length)
      }
    }
    return try .concatenated(parts)
  }

  private var options: EncodingOptions {
    EncodingOptions(mode: .inference, wantsTokens: interaction.needsTokens)
  }
}
