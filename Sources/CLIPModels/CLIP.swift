public import CLIPImages
public import CLIPText
public import Torch
import TorchNN

/// A model ready for use: encoders, tokenizer and picture preparation in one.
///
/// ```swift
/// let model = try CLIP.embedded()
/// let pictures = try model.embed(images: [model.preprocessor(photo)])
/// let sentences = try model.embed(texts: ["一只猫", "一辆车"])
/// let probabilities = try model.probabilities(of: sentences, for: pictures)
/// ```
///
/// It never learns, so equal input gives equal output, and it can be used from several threads.
public final class CLIP: Sendable {
  /// How many pictures go through the network at once unless the caller says otherwise.
  public static let defaultBatchSize = 16

  /// The encoders, prepared for inference.
  public let encoder: DualEncoder
  /// Sentences to token ids.
  public let tokenizer: any Tokenizer
  /// Picture files to squares of pixels.
  public let preprocessor: ImagePreprocessor
  /// What tells this model's embeddings from any other's.
  public let fingerprint: String
  /// What tells what this model's image encoder pools, before its head, from any other's.
  package let imageTrunkFingerprint: String
  /// How many pictures, or texts of one length, go through the network at once.
  public let batchSize: Int
  /// The multiplier of cosines, 1 / temperature: about 100 in trained models.
  public let logitScale: Float
  /// What is added to scaled cosines; nil in models whose probabilities are shares of one.
  ///
  /// A model that has it was trained to say yes or no for every text by itself, as SigLIP.
  public let logitBias: Float?
  /// Numbers that the model has learned; running statistics do not count.
  public let parameterCount: Int
  /// Those of the image encoder, its projection included.
  public let imageParameterCount: Int

  /// The model's name.
  public var name: String { encoder.configuration.name }
  /// The length of every embedding.
  public var embeddingDimension: Int { encoder.configuration.embeddingDimension }
  /// How the model compares pictures with texts.
  public var interaction: any Interaction { encoder.configuration.interaction.interaction }
  /// Where the model computes.
  public var device: Device { encoder.parameters.numerics.device }

  /// Joins the parts and converts the encoders' weights once.
  ///
  /// - Parameters:
  ///   - encoder: the encoders, as loaded.
  ///   - tokenizer: with the vocabulary that the text encoder was trained on.
  ///   - preprocessor: of the image encoder's size.
  ///   - device: where to compute.
  ///   - precision: how exactly.
  ///   - batchSize: how many inputs go through the network at once.
  /// - Throws: ``ModelError/notFinite(model:what:)`` for a temperature that is no number;
  ///   `TorchError` when the device fails or has too little memory.
  public init(
    encoder: DualEncoder, tokenizer: any Tokenizer, preprocessor: ImagePreprocessor,
    device: Device = .automatic, precision: Precision = .automatic,
    batchSize: Int = CLIP.defaultBatchSize
  ) throws {
    fingerprint = try ModelFingerprint.of(encoder)
    imageTrunkFingerprint = try ModelFingerprint.ofImageTrunk(encoder)
    logitScale = Float(try encoder.scale.current().multiplier.item())
    logitBias = try encoder.scale.bias.map { Float(try $0.item()) }
    guard logitScale.isFinite else {
      throw ModelError.notFinite(
        model: encoder.configuration.name, what: "the multiplier of cosines is \(logitScale)")
    }
    // Of the encoder as loaded: the prepared one gives its tensors away.
    parameterCount = encoder.parameters.count
    imageParameterCount = encoder.parameters.entries.reduce(0) {
      $0 + ([.image, .imageHead].contains($1.part) && $1.kind != .buffer ? $1.tensor.count : 0)
    }
    self.encoder = try withoutGradients {
      try encoder.converted(
        to: Numerics(dtype: precision.dtype(on: device), device: device, prepared: true))
    }
    encoder.parameters.releaseMemory(of: encoder.parameters.tensorNames)
    self.tokenizer = tokenizer
    self.preprocessor = preprocessor
    self.batchSize = max(1, batchSize)
  }

  /// Embeds pictures.
  ///
  /// - Parameters:
  ///   - images: squares of the encoder's size, as ``preprocessor`` makes them.
  ///   - normalized: whether embeddings get unit length.
  /// - Returns: one embedding for each picture, in their order.
  /// - Throws: ``ModelError/imageSize(found:expected:)`` for a picture of another size,
  ///   ``ModelError/unsupported(_:)`` where the model does not compare one vector with one other,
  ///   ``ModelError/notFinite(model:what:)`` when the network gives NaN or infinity.
  public func embed(images: [RGBImage], normalized: Bool = true) throws -> Embeddings {
    try requireVectors()
    return try run(images, dimension: embeddingDimension) { input in
      try scalars(
        encoder.imageEncoder(input, options: .inference), normalized, of: "pictures")
    }
  }

  /// What the image encoder pools before its head: features that stay while the head learns.
  package func pooled(images: [RGBImage]) throws -> Embeddings {
    try run(images, dimension: encoder.imageEncoder.pooledWidth) { input in
      try finite(
        encoder.imageEncoder.pooled(input, options: .inference).to(.float32), of: "pictures")
    }
  }

  private func run(
    _ images: [RGBImage], dimension: Int, _ network: (Tensor) throws -> [Float]
  ) throws -> Embeddings {
    Embeddings(dimension: dimension, values: try batches(images, network).flatMap { $0 })
  }

  /// What a network makes of pictures, batch by batch.
  func batches<Part>(
    _ images: [RGBImage], _ network: (Tensor) throws -> Part
  ) throws -> [Part] {
    let size = encoder.imageEncoder.imageSize
    for image in images where image.width != size || image.height != size {
      throw ModelError.imageSize(found: "\(image.width)×\(image.height)", expected: size)
    }
    return try stride(from: 0, to: images.count, by: batchSize).map { start in
      try Task.checkCancellation()
      let batch = images[start..<min(start + batchSize, images.count)]
      let pixels = try PixelBuffer(batch).tensor(size: size)
      return try withInferenceMode {
        let input = try encoder.configuration.preprocessing(
          pixels.to(device: device), dtype: encoder.parameters.numerics.dtype)
        return try Trace.span("image tower") { try network(input) }
      }
    }
  }

  /// Embeds texts; a text longer than the tokenizer's context is cut.
  ///
  /// - Parameters:
  ///   - texts: in any language that the model knows; the empty text is one too.
  ///   - normalized: whether embeddings get unit length.
  /// - Returns: one embedding for each text, in their order.
  /// - Throws: ``ModelError/notFinite(model:what:)`` when the network gives NaN or infinity;
  ///   `TorchError` when it cannot compute, for want of memory for example.
  public func embed(texts: [String], normalized: Bool = true) throws -> Embeddings {
    let tokens = Trace.span("tokenize") { tokenizer(texts) }
    return try embed(tokens: tokens, normalized: normalized)
  }

  /// Embeds tokenized texts.
  ///
  /// Texts of equal length go through the network together, so no padding is ever computed, unless
  /// the model counts it.
  public func embed(tokens: TokenizedTexts, normalized: Bool = true) throws -> Embeddings {
    try requireVectors()
    var values = [Float](repeating: 0, count: tokens.count * embeddingDimension)
    for batch in tokens.batchesOfEqualLength(atMost: 64 * batchSize) {
      try Task.checkCancellation()
      let length = encoder.textEncoder.countsPadding ? tokenizer.contextLength : batch.length
      let ids = try Tensor(
        tokens.padded(rows: batch.rows, to: length), shape: [batch.rows.count, length])
      let mask = try tokens.mask(rows: batch.rows, to: length)?.to(device: device)
      let embedded = try withInferenceMode {
        try Trace.span("text tower") {
          try scalars(
            encoder.textEncoder(ids.to(device: device), mask: mask, options: .inference),
            normalized, of: "texts")
        }
      }
      for (position, row) in batch.rows.enumerated() {
        let target = row * embeddingDimension..<(row + 1) * embeddingDimension
        let source = position * embeddingDimension..<(position + 1) * embeddingDimension
        values.replaceSubrange(target, with: embedded[source])
      }
    }
    return Embeddings(dimension: embeddingDimension, values: values)
  }

  /// How likely each text is for each picture among the texts given.
  ///
  /// - Parameters:
  ///   - texts: normalised embeddings.
  ///   - images: normalised embeddings.
  /// - Returns: softmax of `logitScale · cosine` over the texts, or each text's own probability in a
  ///   model with a ``logitBias``, `[images][texts]`.
  /// - Throws: ``ModelError/unsupported(_:)`` where the model does not compare one vector with one
  ///   other; `TorchError` when the dimensions differ.
  public func probabilities(of texts: Embeddings, for images: Embeddings) throws -> [[Float]] {
    try requireVectors()
    return try images.dotProducts(with: texts).map(logits.probabilities)
  }

  /// How likely each text is for each picture among the texts given, as the model compares them.
  ///
  /// - Parameters:
  ///   - texts: of ``features(texts:)``.
  ///   - images: of ``features(images:)``.
  /// - Returns: the same of the scores of ``interaction``, `[images][texts]`.
  /// - Throws: `TorchError` when the features are of another model.
  public func probabilities(of texts: Features, for images: Features) throws -> [[Float]] {
    let scores = try withInferenceMode {
      try interaction.imageToText(images, texts).to(.float32).scalars(Float.self)
    }
    return (0..<images.count).map { row in
      logits.probabilities(of: scores[row * texts.count..<(row + 1) * texts.count])
    }
  }

  /// Keeps one vector from standing for what a model compares token by token.
  private func requireVectors() throws {
    guard interaction.needsTokens else { return }
    throw ModelError.unsupported(
      "\(name) compares pictures and texts token by token; one vector does not stand for either")
  }

  private func scalars(
    _ features: Features, _ normalized: Bool, of inputs: String
  ) throws -> [Float] {
    let exact = try features.embedding.to(.float32)
    return try finite(normalized ? exact.normalized() : exact, of: inputs)
  }

  /// Vectors as numbers, which they must be: everything that is written, stored or compared comes
  /// through here.
  private func finite(_ vectors: Tensor, of inputs: String) throws -> [Float] {
    let values = try vectors.scalars(Float.self)
    guard values.allSatisfy(\.isFinite) else {
      throw ModelError.notFinite(model: name, what: "in the embeddings of \(inputs)")
    }
    return values
  }
}
