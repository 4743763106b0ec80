package import Checkpoints
import Foundation
import Torch
import TorchNN

extension ModelConfiguration {
  /// What a checkpoint's tensors say, with names given for what they leave open.
  ///
  /// A description that stands beside the tensors (see ``ModelConversion``) counts if it fits them.
  ///
  /// - Parameters:
  ///   - checkpoint: with native names.
  ///   - file: how messages call it.
  ///   - imageEncoder: a preset's name, which then counts instead of the tensors.
  ///   - textEncoder: a preset's name, which then counts instead of the tensors.
  /// - Throws: ``ModelError/ambiguousArchitecture(file:problem:)``.
  package init(
    guessedFrom checkpoint: Checkpoint, file: String, imageEncoder: String?, textEncoder: String?
  ) throws {
    if imageEncoder == nil, textEncoder == nil, let stored = Self(storedIn: checkpoint) {
      self = stored
      return
    }
    let models = checkpoint.modelPrefixes
    if models.count > 1, !models.contains("") {
      throw ModelError.unsupported(
        "\(file) holds \(models.count) models, under the names \(models.joined(separator: ", ")); "
          + "save the one that is meant in a file of its own")
    }
    func require<Configuration>(
      _ tower: ArchitectureHint.Tower<Configuration>?, _ name: String
    ) throws -> Configuration {
      switch tower {
      case .known(let configuration): return configuration
      case .unclear(let sentence):
        throw ModelError.ambiguousArchitecture(file: file, problem: "its \(name) is \(sentence)")
      case nil:
        throw ModelError.ambiguousArchitecture(
          file: file, problem: "it has no \(name), or one that is not recognised")
      }
    }
    let hint = ArchitectureHint(checkpoint)
    // Any preset serves to look up one side of the pair.
    let named = try (imageEncoder ?? textEncoder).map { _ in
      try Presets.configuration(
        imageEncoder: imageEncoder ?? "ViT-B-16",
        textEncoder: textEncoder ?? "RoBERTa-wwm-ext-base-chinese")
    }
    let image =
      if imageEncoder != nil, let named { named.image } else {
        try require(hint.image, "image encoder")
      }
    let text =
      if textEncoder != nil, let named { named.text } else {
        try require(hint.text, "text encoder")
      }
    guard let dimension = hint.embeddingDimension ?? named?.embeddingDimension else {
      throw ModelError.ambiguousArchitecture(
        file: file, problem: "it has no projections into one space")
    }
    if checkpoint["visual.token_proj.weight"] != nil,
      let tower = image.tower as? ResNet.Configuration
    {
      self = .gloria(name: file, dimension: dimension, image: tower, text: text)
      return
    }
    if text.tower is TextTransformer.Configuration, named == nil {
      let reducer = TokenReduction(recognizedIn: checkpoint)
      guard
        let whole = try Presets.wholeModel(
          image: image, reducer: reducer, text: text, dimension: dimension)
      else {
        throw ModelError.ambiguousArchitecture(
          file: file,
          problem: "its tensors do not tell whether vectors or tokens are compared, and it has the "
            + "sizes of no published model")
      }
      self = whole
      return
    }
    self.init(name: file, embeddingDimension: dimension, image: image, text: text)
    if let preset = try Presets.name(of: self) { name = preset }
    contextLength = min(contextLength, text.maximumPositions)
  }

  /// The fact of a checkpoint under which ``ModelConversion`` stores a configuration.
  static let metadataKey = "architecture"

  /// The configuration beside a checkpoint's tensors; nil if there is none, or one that they belie.
  private init?(storedIn checkpoint: Checkpoint) {
    guard case .string(let text) = checkpoint.metadata[Self.metadataKey],
      let stored = try? ModelConfiguration(json: Data(text.utf8), file: Self.metadataKey),
      (try? stored.requireFit(of: checkpoint)) != nil
    else { return nil }
    self = stored
  }

  /// Compares every name and shape with what the encoders want; reads no number.
  ///
  /// - Throws: `ParameterError` for what is missing, left over, or of another shape.
  package func requireFit(of checkpoint: Checkpoint) throws {
    let parameters = Parameters(from: OutlineSource(checkpoint: checkpoint))
    _ = try withoutGradients { try DualEncoder(self, parameters: parameters) }
    try parameters.requireAllUsed()
  }
}

/// A checkpoint's shapes, as tensors without memory of their own.
private struct OutlineSource: TensorSource {
  let checkpoint: Checkpoint

  var sourceName: String { CheckpointSource(checkpoint).sourceName }
  var tensorNames: [String] { checkpoint.names }

  func tensor(named name: String) throws -> Tensor? {
    try checkpoint[name].map { try Tensor.zeros([]).expanded($0.shape) }
  }
}
