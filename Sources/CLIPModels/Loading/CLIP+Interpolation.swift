public import CLIPImages
import CLIPText
public import Torch
import TorchNN

extension CLIP {
  /// Loads a model between two others: every tensor is `(1 − weight) · first + weight · second`.
  ///
  /// Between a zero-shot model and the same model fine-tuned there is often one that is better than the
  /// second on its own data, and nearly as good as the first on all other.
  ///
  /// Source: Wortsman et al., *Robust fine-tuning of zero-shot models* (WiSE-FT), 2022.
  ///
  /// - Parameters:
  ///   - first: the model at 0.
  ///   - second: the model at 1; the same architecture and vocabulary.
  ///   - weight: 0 to 1.
  ///   - device: where to compute.
  ///   - precision: how exactly.
  ///   - decoder: how picture files are read.
  ///   - conversionOrder: when pictures become RGB; as the first model has it if nil.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Returns: a model that is ready to embed.
  /// - Throws: ``ModelError/unsupported(_:)`` for models that do not fit each other, and what loading
  ///   throws.
  public static func between(
    _ first: ModelSource, _ second: ModelSource, weight: Double, device: Device = .automatic,
    precision: Precision = .automatic, decoder: ImageDecoder = ImageDecoder(),
    conversionOrder: ConversionOrder? = nil, batchSize: Int = CLIP.defaultBatchSize
  ) throws -> CLIP {
    let files = (try ModelFiles.open(first), try ModelFiles.open(second))
    let configuration = files.0.configuration
    guard configuration.image == files.1.configuration.image,
      configuration.text == files.1.configuration.text,
      configuration.embeddingDimension == files.1.configuration.embeddingDimension,
      configuration.preprocessing.fit == files.1.configuration.preprocessing.fit,
      files.0.tokenizer.sharesVocabulary(with: files.1.tokenizer)
    else {
      throw ModelError.unsupported(
        "\(configuration.name) and \(files.1.configuration.name) differ in architecture or "
          + "vocabulary; only a model and what was fine-tuned from it have models between them")
    }
    let parameters = Parameters(
      from: InterpolatedSource(files.0.source, files.1.source, weight: weight))
    let encoder = try withoutGradients {
      try DualEncoder(configuration, parameters: parameters)
    }
    return try CLIP(
      encoder: encoder,
      tokenizer: files.0.tokenizer.configured(
        contextLength: configuration.contextLength, normalization: nil),
      preprocessor: configuration.preprocessor(decoder: decoder, order: conversionOrder),
      device: device, precision: precision, batchSize: batchSize)
  }
}

/// Tensors between those of two sources.
struct InterpolatedSource: TensorSource {
  private let first: any TensorSource
  private let second: any TensorSource
  private let weight: Double

  init(_ first: any TensorSource, _ second: any TensorSource, weight: Double) {
    self.first = first
    self.second = second
    self.weight = weight
  }

  var sourceName: String { "\(first.sourceName) and \(second.sourceName)" }
  var tensorNames: [String] { first.tensorNames }

  func tensor(named name: String) throws -> Tensor? {
    guard let a = try first.tensor(named: name) else { return nil }
    guard let b = try second.tensor(named: name) else {
      throw ModelError.unsupported("\(second.sourceName) has no tensor '\(name)'")
    }
    guard a.shape == b.shape else {
      throw ModelError.unsupported(
        "the tensor '\(name)' is \(a.shape) in \(first.sourceName) and \(b.shape) in "
          + second.sourceName)
    }
    // Counters of batch statistics are whole numbers; nothing lies between them.
    guard a.dtype.isFloatingPoint else { return weight < 1 ? a : b }
    // The ends are exactly the models themselves.
    if weight == 0 { return a }
    if weight == 1 { return b }
    return try withoutGradients {
      try a.to(.float32) * (1 - weight) + b.to(.float32) * weight
    }
  }
}
