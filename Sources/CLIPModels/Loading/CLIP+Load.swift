public import CLIPImages
public import CLIPText
public import Torch
import TorchNN

extension CLIP {
  /// Loads a model and makes it ready for use.
  ///
  /// - Parameters:
  ///   - source: what to load.
  ///   - device: where to compute.
  ///   - precision: how exactly.
  ///   - contextLength: tokens that a text is cut to; by default the model's own, mostly 52.
  ///   - textNormalization: what happens to a text before it is tokenized.
  ///   - decoder: how picture files are read.
  ///   - conversionOrder: when pictures become RGB; by default as the model has it.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Returns: a model that is ready to embed.
  /// - Throws: ``ModelError``, `CheckpointError` or `ParameterError` with a sentence for people.
  public static func load(
    _ source: ModelSource, device: Device = .automatic, precision: Precision = .automatic,
    contextLength: Int? = nil, textNormalization: TextNormalization = .training,
    decoder: ImageDecoder = ImageDecoder(), conversionOrder: ConversionOrder? = nil,
    batchSize: Int = CLIP.defaultBatchSize
  ) throws -> CLIP {
    var files = try ModelFiles.open(source)
    if let contextLength {
      let longest = files.configuration.text.maximumPositions
      guard (2...longest).contains(contextLength) else {
        throw ModelError.unsupported(
          "the context length must be from 2 to \(longest), the text encoder's positions, "
            + "not \(contextLength)")
      }
      files.configuration.contextLength = contextLength
    }
    let configuration = files.configuration
    let parameters = files.parameters()
    let encoder = try withoutGradients {
      try DualEncoder(configuration, parameters: parameters)
    }
    try parameters.requireAllUsed()
    return try CLIP(
      encoder: encoder,
      tokenizer: TextTokenizer(
        vocabulary: files.vocabulary, contextLength: configuration.contextLength,
        normalization: textNormalization),
      preprocessor: ImagePreprocessor(
        size: configuration.image.imageSize, decoder: decoder,
        order: conversionOrder ?? configuration.preprocessing.conversionOrder),
      device: device, precision: precision, batchSize: batchSize)
  }
}
