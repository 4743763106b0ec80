import ArgumentParser
import CLIPModels
import Checkpoints
import Files
import Foundation

/// `cnclip inspect`: what is in a checkpoint.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a checkpoint or an ONNX file, without running anything in it.",
    discussion: """
      Reads PyTorch files (.pt, .bin; new and old containers), safetensors, Hugging Face folders \
      and our own. Of a file ending in .onnx, also another program's, it shows inputs, outputs, \
      operations and the precision of the weights.

      Examples:
        cnclip inspect clip_cn_vit-b-16.pt
        cnclip inspect ViT-B-16.img.fp16.onnx
      """)

  @Argument(help: "A checkpoint file, a model folder or an ONNX file.")
  var checkpoint: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let url = URL(filePath: checkpoint)
    if url.pathExtension.lowercased() == "onnx" {
      let contents = try ONNXContents(url)
      try show(contents, contents.text)
    } else {
      let contents = try Contents(Checkpoint.open(url))
      try show(contents, contents.text())
    }
  }

  private func show(_ contents: some Encodable, _ text: @autoclosure () throws -> String) throws {
    let output = try ResultWriter(path: nil)
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try output.line(String(decoding: encoder.encode(contents), as: UTF8.self))
    } else {
      try output.line(text())
    }
    try output.finish()
  }
}

/// The facts that are printed.
private struct Contents: Encodable {
  struct TensorEntry: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    let bytes: Int
  }

  /// What is recognised; a tower of which something is missing is in `unclear`.
  struct Architecture: Encodable {
    let embeddingDimension: Int?
    let image: ImageEncoderConfiguration?
    let text: TextEncoderConfiguration?
    var unclear: [String] = []

    init(_ hint: ArchitectureHint) {
      embeddingDimension = hint.embeddingDimension
      image = hint.image?.configuration
      text = hint.text?.configuration
      if case .unclear(let sentence) = hint.image { unclear.append(sentence) }
      if case .unclear(let sentence) = hint.text { unclear.append(sentence) }
    }
  }

  let family: String
  let format: String
  let architecture: Architecture
  let metadata: [String: String]
  let skippedEntries: [String]
  let parameters: Int
  let bytes: Int
  let tensors: [TensorEntry]

  init(_ checkpoint: Checkpoint) throws {
    family = checkpoint.family.description
    format = checkpoint.format.description
    architecture = Architecture(ArchitectureHint(try checkpoint.native().checkpoint))
    metadata = checkpoint.metadata.mapValues { String(describing: $0) }
    skippedEntries = checkpoint.skippedEntries
    parameters = checkpoint.parameterCount
    bytes = checkpoint.byteCount
    tensors = checkpoint.names.compactMap { name in
      checkpoint[name].map {
        TensorEntry(
          name: name, shape: $0.shape, type: $0.elementType.description, bytes: $0.byteCount)
      }
    }
  }

  func text() throws -> String {
    var table = Table([.left, .left, .left, .right])
    for tensor in tensors {
      table.add(
        tensor.name, "[" + tensor.shape.map(String.init).joined(separator: ", ") + "]",
        tensor.type, Self.size(tensor.bytes))
    }
    var lines = [table.text, "", "family        \(family)", "format        \(format)"]
    lines += try towers()
    lines += metadata.sorted { $0.key < $1.key }.map { name, value in
      let name = name.showingControls
      return name.padding(toLength: max(13, name.count), withPad: " ", startingAt: 0) + " "
        + value.showingControls
    }
    if !skippedEntries.isEmpty {
      lines.append("not read      \(skippedEntries.joined(separator: ", ").showingControls)")
    }
    lines.append("\(tensors.count) tensors, \(parameters) numbers, \(Self.size(bytes))")
    return lines.joined(separator: "\n")
  }

  private func towers() throws -> [String] {
    func line(_ name: String, _ tower: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return name + String(decoding: try encoder.encode(tower), as: UTF8.self)
    }
    return try [
      architecture.image.map { try line("image tower   ", $0) },
      architecture.text.map { try line("text tower    ", $0) },
    ].compactMap { $0 } + architecture.unclear.map { "unclear       \($0.showingControls)" }
  }

  private static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<1024: "\(bytes) B"
    case ..<(1 << 20): String(format: "%.1f KiB", Double(bytes) / 1024)
    case ..<(1 << 30): String(format: "%.1f MiB", Double(bytes) / 1_048_576)
    default: String(format: "%.2f GiB", Double(bytes) / 1_073_741_824)
    }
  }
}
