import ArgumentParser
import CLIPEmbeddedModel
import CLIPHub
import CLIPModels
import Foundation
import TorchNN

/// `cnclip models`: the published models.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models that have names.",
    discussion: """
      Any image encoder goes with any text encoder: name the pair as ViT-B-16@RBT3-chinese to \
      train one.

      Example: cnclip models --json
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let models =
      try [Self.embedded()] + Presets.models().map(Self.published)
      + Presets.wholeModels().map(Self.whole)
    if json {
      print(try Self.json(models))
      return
    }
    var table = Table([.left, .right, .right, .right, .left, .left])
    table.add("name", "parameters", "dimension", "pixels", "text encoder", "weights")
    for model in models {
      table.add(
        model.name, Self.millions(model.parameters), String(model.dimension),
        String(model.pixels), model.textEncoder, model.weights)
    }
    print(table.text)
  }

  private struct Description: Encodable {
    let name: String
    let parameters: Int
    let dimension: Int
    let pixels: Int
    let textEncoder: String
    let weights: String
  }

  private static func embedded() throws -> Description {
    try describe(
      ModelFiles.open(.embedded()).configuration, textEncoder: "BERT, 3 layers",
      weights: "comes with the program")
  }

  private static func published(_ model: Presets.Model) throws -> Description {
    let weights =
      try model.download()?.path
      ?? model.repository.map { _ in "cnclip download \(model.name)" } ?? "none published"
    return try describe(
      Presets.configuration(named: model.name), textEncoder: model.textEncoder, weights: weights)
  }

  private static func whole(_ name: String) throws -> Description {
    let configuration = try Presets.configuration(named: name)
    return try describe(
      configuration, textEncoder: type(of: configuration.text.tower).kind,
      weights: "on no hub; give its file with --checkpoint")
  }

  private static func describe(
    _ configuration: ModelConfiguration, textEncoder: String, weights: String
  ) throws -> Description {
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(configuration, parameters: parameters)
    return Description(
      name: configuration.name, parameters: parameters.count,
      dimension: configuration.embeddingDimension, pixels: configuration.image.imageSize,
      textEncoder: textEncoder, weights: weights)
  }

  private static func millions(_ count: Int) -> String {
    String(format: "%.1f M", Double(count) / 1e6)
  }

  private static func json(_ models: [Description]) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try String(decoding: encoder.encode(models), as: UTF8.self)
  }
}
