public import Foundation
package import TorchNN

/// Everything about a model that its tensors do not say; one JSON file.
///
/// Every key is required but those of what differs from the towers' published models, which are
/// not written either where nothing does: a model's fingerprint counts them.
public struct ModelConfiguration: Codable, Hashable, Sendable {
  /// What the model is called.
  public var name: String
  /// The size of the shared space.
  public var embeddingDimension: Int
  /// Tokens that a text is cut to, `[CLS]` and `[SEP]` included.
  public var contextLength: Int
  /// The network for pictures.
  public var image: ImageEncoderConfiguration
  /// What comes after the network for pictures, where it is not the network's own.
  public var imageOutput: OutputConfiguration
  /// The network for texts.
  public var text: TextEncoderConfiguration
  /// What comes after the network for texts, where it is not the network's own.
  public var textOutput: OutputConfiguration
  /// How pictures are compared with texts.
  public var interaction: InteractionConfiguration
  /// How scores become logits.
  public var scale: ScaleConfiguration
  /// What happens to a picture's pixels before the network.
  public var preprocessing: Preprocessing

  /// Names the parts.
  public init(
    name: String, embeddingDimension: Int, contextLength: Int = 52,
    image: ImageEncoderConfiguration, imageOutput: OutputConfiguration = .standard,
    text: TextEncoderConfiguration, textOutput: OutputConfiguration = .standard,
    interaction: InteractionConfiguration = .global, scale: ScaleConfiguration = .clip,
    preprocessing: Preprocessing = .clip
  ) {
    self.name = name
    self.embeddingDimension = embeddingDimension
    self.contextLength = contextLength
    self.image = image
    self.imageOutput = imageOutput
    self.text = text
    self.textOutput = textOutput
    self.interaction = interaction
    self.scale = scale
    self.preprocessing = preprocessing
  }

  private enum CodingKeys: String, CodingKey {
    case name, embeddingDimension, contextLength, image, imageOutput, text, textOutput
    case interaction, scale, preprocessing
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    embeddingDimension = try container.decode(Int.self, forKey: .embeddingDimension)
    contextLength = try container.decode(Int.self, forKey: .contextLength)
    image = try container.decode(ImageEncoderConfiguration.self, forKey: .image)
    imageOutput = try container.decodeIfPresent(forKey: .imageOutput) ?? .standard
    text = try container.decode(TextEncoderConfiguration.self, forKey: .text)
    textOutput = try container.decodeIfPresent(forKey: .textOutput) ?? .standard
    interaction = try container.decodeIfPresent(forKey: .interaction) ?? .global
    scale = try container.decodeIfPresent(forKey: .scale) ?? .clip
    preprocessing = try container.decode(Preprocessing.self, forKey: .preprocessing)
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(embeddingDimension, forKey: .embeddingDimension)
    try container.encode(contextLength, forKey: .contextLength)
    try container.encode(image, forKey: .image)
    try container.encode(text, forKey: .text)
    try container.encode(preprocessing, forKey: .preprocessing)
    let every = encoder.writesEveryKey
    try container.encode(imageOutput, forKey: .imageOutput, if: every || imageOutput != .standard)
    try container.encode(textOutput, forKey: .textOutput, if: every || textOutput != .standard)
    try container.encode(interaction, forKey: .interaction, if: every || interaction != .global)
    try container.encode(scale, forKey: .scale, if: every || scale != .clip)
  }

  /// Reads a configuration; a key that is not known is an error that names the nearest known one.
  ///
  /// - Parameters:
  ///   - data: the JSON file.
  ///   - file: how messages call it.
  /// - Throws: ``ModelError/configuration(file:problem:)``.
  public init(json data: Data, file: String) throws {
    self = try ConfigurationFile.decode(Self.self, from: data, file: file)
    try validate(file: file)
  }

  /// The JSON file, with sorted keys.
  public func json() throws -> Data {
    try ConfigurationFile.encode(self)
  }

  private func validate(file: String) throws {
    func require(_ condition: Bool, _ problem: String) throws {
      guard condition else { throw ModelError.configuration(file: file, problem: problem) }
    }
    try require(
      (1...65_536).contains(embeddingDimension), "embedding_dimension must be in 1…65536")
    try require(
      contextLength >= 2 && contextLength <= text.maximumPositions,
      "context_length must be in 2…\(text.maximumPositions), the text encoder's positions")
    try require(scale.isPossible, "scale must have finite numbers, above 0 where they divide")
    try require(interaction.problem == nil, "interaction: \(interaction.problem ?? "")")
    let problem = preprocessing.problem(size: image.imageSize)
    try require(problem == nil, problem ?? "")
    for (side, tower) in [("image", image.tower as any TowerConfiguration), ("text", text.tower)] {
      try require(
        tower.isPossible, "\(side).\(type(of: tower).kind) is not possible: \(tower)")
    }
    for (key, output, tower) in [
      ("image_output", imageOutput, image.tower as any TowerConfiguration),
      ("text_output", textOutput, text.tower),
    ] {
      let problem = output.filled(from: tower.standardOutput)
        .problem(over: tower.shape, dimension: embeddingDimension)
      try require(problem == nil, "\(key): \(problem ?? "")")
    }
  }

  /// Whether vectors come out of the towers, and are compared, as in Chinese-CLIP.
  var hasStandardOutputs: Bool {
    imageOutput == .standard && textOutput == .standard && interaction == .global && scale == .clip
  }

  /// A checkpoint's tensors, those fitted to this architecture that depend on the input's size.
  package func fitted(_ source: any TensorSource) -> any TensorSource {
    image.tower.fitted(text.tower.fitted(source))
  }
}
