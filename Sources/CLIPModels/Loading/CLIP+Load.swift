public import CLIPImages
public import CLIPText
public import Torch
import TorchNN

extension CLIP {
  /// How a model is loaded and computes; every choice has a default.
  public struct Options: Sendable {
    /// Where to compute.
    public var device: Device
    /// How exactly.
    public var precision: Precision
    /// How many inputs go through the network at once.
    public var batchSize: Int
    /// How picture files are read.
    public var decoder: ImageDecoder
    /// Tokens that a text is cut to; nil: the model's own number, mostly 52.
    public var contextLength: Int?
    /// What happens to a text before it is tokenized; nil: as in the model's training.
    public var normalization: TextNormalization?
    /// When pictures become RGB; nil: as the model has it.
    public var conversionOrder: ConversionOrder?

    /// Names the choices that differ from the defaults.
    public init(
      device: Device = .automatic, precision: Precision = .automatic,
      batchSize: Int = CLIP.defaultBatchSize, decoder: ImageDecoder = ImageDecoder(),
      contextLength: Int? = nil, normalization: TextNormalization? = nil,
      conversionOrder: ConversionOrder? = nil
    ) {
      self.device = device
      self.precision = precision
      self.batchSize = batchSize
      self.decoder = decoder
      self.contextLength = contextLength
      self.normalization = normalization
      self.conversionOrder = conversionOrder
    }
  }

  /// Loads a model and makes it ready for use.
  ///
  /// - Parameters:
  ///   - source: what to load.
  ///   - options: how.
  /// - Returns: a model that is ready to embed.
  /// - Throws: ``ModelError``, `CheckpointError` or `ParameterError` with a sentence for people.
  public static func load(
    _ source: ModelSource, options: Options = Options()
  ) throws -> CLIP {
    try load(ModelFiles.open(source), options: options)
  }

  /// Loads a model whose parts have been opened.
  ///
  /// - Parameters:
  ///   - model: the parts.
  ///   - options: how.
  /// - Returns: a model that is ready to embed.
  /// - Throws: ``ModelError``, `CheckpointError` or `ParameterError` with a sentence for people.
  public static func load(_ model: ModelFiles, options: Options = Options()) throws -> CLIP {
    var model = model
    if let contextLength = options.contextLength {
      let longest = model.configuration.text.maximumPositions
      guard (2...longest).contains(contextLength) else {
        throw ModelError.unsupported(
          "the context length must be from 2 to \(longest), the text encoder's positions, "
            + "not \(contextLength)")
      }
      model.configuration.contextLength = contextLength
    }
    let configuration = model.configuration
    let parameters = model.parameters()
    let encoder = try withoutGradients {
      try DualEncoder(configuration, parameters: parameters)
    }
    try parameters.requireAllUsed()
    return try CLIP(
      encoder: encoder,
      tokenizer: model.tokenizer.configured(
        contextLength: configuration.contextLength, normalization: options.normalization),
      preprocessor: configuration.preprocessor(
        decoder: options.decoder, order: options.conversionOrder),
      device: options.device, precision: options.precision, batchSize: options.batchSize)
  }
}
