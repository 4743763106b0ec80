import Checkpoints
import TorchNN

extension ModelConfiguration {
  /// What a checkpoint's tensors say, with names given for what they leave open.
  ///
  /// - Parameters:
  ///   - checkpoint: with native names.
  ///   - file: how messages call it.
  ///   - imageEncoder: a preset's name, which then counts instead of the tensors.
  ///   - textEncoder: a preset's name, which then counts instead of the tensors.
  /// - Throws: ``ModelError/ambiguousArchitecture(file:problem:)``.
  init(
    guessedFrom checkpoint: Checkpoint, file: String, imageEncoder: String?, textEncoder: String?
  ) throws {
    func ambiguous(_ problem: String) -> ModelError {
      .ambiguousArchitecture(file: file, problem: problem)
    }
    let hint = checkpoint.architecture
    // Any preset serves to look up one side of the pair.
    let named = try (imageEncoder ?? textEncoder).map { _ in
      try Presets.configuration(
        imageEncoder: imageEncoder ?? "ViT-B-16",
        textEncoder: textEncoder ?? "RoBERTa-wwm-ext-base-chinese")
    }
    let image: ImageEncoderConfiguration
    if imageEncoder != nil, let named {
      image = named.image
    } else {
      guard let vision = hint.vision else { throw ambiguous("its image encoder is not recognised") }
      guard let guess = ImageEncoderConfiguration(vision) else {
        throw ambiguous("the tensors do not tell the number of heads of its image encoder")
      }
      image = guess
    }
    let text: TextEncoderConfiguration
    if textEncoder != nil, let named {
      text = named.text
    } else {
      guard let description = hint.text else {
        throw ambiguous("it has no text encoder, or one that is not recognised")
      }
      guard let guess = TextEncoderConfiguration(description) else {
        throw ambiguous("the tensors do not tell the number of heads of its text encoder")
      }
      text = guess
    }
    guard let dimension = hint.embeddingDimension ?? named?.embeddingDimension else {
      throw ambiguous("it has no text_projection")
    }
    self.init(name: file, embeddingDimension: dimension, image: image, text: text)
    if let preset = try Presets.name(of: self) { name = preset }
    contextLength = min(contextLength, text.maximumPositions)
  }
}

extension ImageEncoderConfiguration {
  /// The encoder that a checkpoint describes; nil if the description leaves the heads open.
  init?(_ vision: ArchitectureHint.Vision) {
    guard let heads = vision.heads else { return nil }
    switch vision.kind {
    case .visionTransformer:
      guard
        let patchSize = vision.patchSize, let mlpWidth = vision.intermediateSize,
        let activation = Activation(rawValue: vision.activation)
      else { return nil }
      self = .visionTransformer(
        VisionTransformer.Configuration(
          imageSize: vision.imageSize, patchSize: patchSize, width: vision.width,
          layers: vision.layers.reduce(0, +), heads: heads, mlpWidth: mlpWidth,
          activation: activation))
    case .modifiedResNet:
      self = .modifiedResNet(
        ModifiedResNet.Configuration(
          imageSize: vision.imageSize, layers: vision.layers, width: vision.width, heads: heads))
    }
  }
}

extension TextEncoderConfiguration {
  /// The encoder that a checkpoint describes; nil if the description leaves the heads open.
  init?(_ text: ArchitectureHint.Text) {
    guard let heads = text.heads, let activation = Activation(rawValue: text.activation) else {
      return nil
    }
    self = .bert(
      BERT.Configuration(
        vocabularySize: text.vocabularySize, maximumPositions: text.positions,
        tokenTypes: text.tokenTypes, width: text.width, layers: text.layers, heads: heads,
        mlpWidth: text.intermediateSize, activation: activation,
        layerNormEpsilon: text.layerNormEpsilon, dropout: 0.1, projectionBias: false))
  }
}
