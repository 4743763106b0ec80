import Foundation

/// The published architectures, by the names that Chinese-CLIP gives them.
public enum Presets {
  /// A published pair of encoders and where its weights are.
  public struct Model: Codable, Hashable, Sendable {
    /// What Chinese-CLIP calls it, as `ViT-B-16`.
    public let name: String
    /// One of ``Presets/imageEncoders()``.
    public let imageEncoder: String
    /// One of ``Presets/textEncoders()``.
    public let textEncoder: String
    /// The repository's name without its organisation; nil if no weights were published.
    public let repository: String?
    /// The checkpoint's file name in that repository.
    public let checkpoint: String?
    /// The checkpoint's checksum where it is known.
    public let md5: String?
  }

  private struct ImageEncoderFile: Codable {
    let embeddingDimension: Int
    let image: ImageEncoderConfiguration
  }

  /// The published models, in the original's order; ViT-B-32 last, which has no weights.
  public static func models() throws -> [Model] {
    try read([Model].self, "models.json")
  }

  /// The names of published models that more than their two encoders tells apart: Wukong's.
  ///
  /// `-G` compares one vector, `-F` tokens, and without either the picture's tokens are reduced first.
  public static func wholeModels() throws -> [String] { try names("whole-models") }

  /// The names that ``configuration(imageEncoder:textEncoder:)`` takes for the image encoder.
  public static func imageEncoders() throws -> [String] { try names("image-encoders") }

  /// The names that ``configuration(imageEncoder:textEncoder:)`` takes for the text encoder.
  public static func textEncoders() throws -> [String] { try names("text-encoders") }

  /// The architecture of a published model.
  ///
  /// - Parameter name: `ViT-B-16`, `RN50`, …, or any pair as `ViT-B-16@RBT3-chinese`.
  /// - Returns: both encoders' numbers, and the preset's name where it is one.
  /// - Throws: ``ModelError/unknownModel(name:known:)``.
  public static func configuration(named name: String) throws -> ModelConfiguration {
    let models = try models()
    if let model = models.first(where: { $0.name == name }) {
      return try configuration(imageEncoder: model.imageEncoder, textEncoder: model.textEncoder)
    }
    let whole = try wholeModels()
    if whole.contains(name) {
      return try read(ModelConfiguration.self, "whole-models/\(name).json")
    }
    let parts = name.split(separator: "@").map(String.init)
    guard parts.count == 2 else {
      throw ModelError.unknownModel(name: name, known: models.map(\.name) + whole)
    }
    return try configuration(imageEncoder: parts[0], textEncoder: parts[1])
  }

  /// The architecture of any image encoder with any text encoder.
  ///
  /// - Throws: ``ModelError/unknownModel(name:known:)``.
  public static func configuration(
    imageEncoder: String, textEncoder: String
  ) throws -> ModelConfiguration {
    func require(_ name: String, in known: [String]) throws {
      guard known.contains(name) else {
        throw ModelError.unknownModel(name: name, known: known)
      }
    }
    try require(imageEncoder, in: imageEncoders())
    try require(textEncoder, in: textEncoders())
    let image = try read(ImageEncoderFile.self, "image-encoders/\(imageEncoder).json")
    let isPublished = try models().contains {
      $0.imageEncoder == imageEncoder && $0.textEncoder == textEncoder
    }
    return ModelConfiguration(
      name: isPublished ? imageEncoder : "\(imageEncoder)@\(textEncoder)",
      embeddingDimension: image.embeddingDimension, image: image.image,
      text: try read(TextEncoderConfiguration.self, "text-encoders/\(textEncoder).json"))
  }

  /// The name of the published model that is built like this one, if any.
  static func name(of configuration: ModelConfiguration) throws -> String? {
    try models().first { model in
      let preset = try Self.configuration(named: model.name)
      return preset.image == configuration.image && preset.text == configuration.text
        && preset.embeddingDimension == configuration.embeddingDimension
    }?.name
  }

  /// The published model that has these encoders and reducer, if more than two encoders describe it.
  static func wholeModel(
    image: ImageEncoderConfiguration, reducer: TokenReduction?, text: TextEncoderConfiguration,
    dimension: Int
  ) throws -> ModelConfiguration? {
    try wholeModels().lazy.map { try configuration(named: $0) }.first {
      $0.image == image && $0.imageOutput.reducer == reducer && $0.text == text
        && $0.embeddingDimension == dimension
    }
  }

  private static func folder() throws -> URL {
    try ModelError.resources(of: "CLIPModels").appending(path: "Presets")
  }

  private static func names(_ subfolder: String) throws -> [String] {
    try FileManager.default
      .contentsOfDirectory(atPath: folder().appending(path: subfolder).path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  private static func read<Value: Codable>(_ type: Value.Type, _ path: String) throws -> Value {
    try ConfigurationFile.decode(
      type, from: Data(contentsOf: folder().appending(path: path)), file: path)
  }
}
