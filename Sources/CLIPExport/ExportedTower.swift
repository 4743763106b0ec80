import CLIPImages
import CLIPModels
import CLIPText
import Foundation
import Torch
import TorchNN

/// Which of a model's encoders.
public enum ExportedEncoder: String, CaseIterable, Sendable {
  case image
  case text

  /// The original's word for it in file names.
  var suffix: String { self == .image ? "img" : "txt" }
  /// The original's name of its features.
  var features: String { "unnorm_\(rawValue)_features" }
}

/// What an exported encoder is tried with.
struct TowerSamples {
  /// Names of the rows.
  let names: [String]
  /// A row for each sample.
  let input: Tensor
  /// Our features, `[rows, dimension]`.
  let expected: Tensor
}

/// One of a model's encoders as it is exported: a function of one tensor.
///
/// It is built when it is needed and let go after that, so that a model is never in memory together
/// with what was written of it.
struct ExportedTower {
  let graph: TowerGraph
  let samples: TowerSamples

  /// Builds an encoder, traces it and computes the features that the exported one is compared with.
  ///
  /// - Parameters:
  ///   - kind: which encoder.
  ///   - model: its parts.
  ///   - takesPixels: whether the image encoder takes 8-bit pixels, `[batch, size, size, 3]`.
  /// - Throws: `ParameterError`; ``ExportError/unsupported(_:)``.
  init(_ kind: ExportedEncoder, of model: ModelFiles, takesPixels: Bool) throws {
    let parameters = model.parameters()
    let configuration = model.configuration
    let encoder: (Tensor) throws -> Tensor
    let make: (Int) throws -> Tensor
    let names: [String]
    let input: Tensor
    switch kind {
    case .image:
      let tower = try withoutGradients {
        try ImageEncoder(
          configuration.image.tower, output: configuration.imageOutput,
          embeddingDimension: configuration.embeddingDimension, in: parameters.root)
      }
      let (size, preprocessing) = (tower.imageSize, configuration.preprocessing)
      let pictures = try CheckSamples.pictures(size: size)
      let pixels = try Tensor(
        pictures.flatMap(\.image.pixels), shape: [pictures.count, size, size, 3])
      names = pictures.map(\.name)
      input = takesPixels ? pixels : try preprocessing(pixels, dtype: .float32).contiguous()
      // Made before the trace, which takes them for constants.
      let (scale, shift) = try preprocessing.factors()
      encoder = { x in
        let picture = takesPixels ? try (x.to(.float32) * scale + shift).permuted(0, 3, 1, 2) : x
        return try tower(picture, options: .inference).embedding
      }
      make = { count in
        takesPixels
          ? try .zeros([count, size, size, 3], dtype: .uint8)
          : try .zeros([count, 3, size, size])
      }
    case .text:
      let tower = try withoutGradients {
        try TextEncoder(
          configuration.text.tower, output: configuration.textOutput,
          embeddingDimension: configuration.embeddingDimension, in: parameters.root)
      }
      let length = configuration.contextLength
      let tokenizer = try model.tokenizer.configured(contextLength: length, normalization: nil)
      let tokens = tokenizer(CheckSamples.sentences)
      let padding = tokens.paddingID
      names = CheckSamples.sentences
      input = try Tensor(tokens.padded(to: length), shape: [tokens.count, length])
      encoder = { ids in
        let mask = try ids.isNotEqual(to: Double(padding))
        return try tower(ids, mask: mask, options: .inference).embedding
      }
      make = { count in try .full([count, length], Double(padding) + 1, dtype: .int32) }
    }
    graph = try TowerTrace.graph(
      of: "\(kind.rawValue) encoder",
      names: WeightNames(parameters.entries.map { ($0.name, $0.tensor) }), input: make, encoder
    ).simplified()
    samples = TowerSamples(
      names: names, input: input, expected: try withInferenceMode { try encoder(input) })
  }
}
