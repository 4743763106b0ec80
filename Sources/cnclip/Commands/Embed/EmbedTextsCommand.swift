import ArgumentParser
import CLIPData
import CLIPModels
import CLIPText
import Files
import Foundation

/// `cnclip embed texts`.
struct EmbedTextsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "texts",
    abstract: "Turn texts into vectors.",
    discussion: """
      Every line is a text, the empty line too; one line of JSON is written for each, \
      {"text": "...", "feature": [...]}. With --jsonl it reads Chinese-CLIP's lines of \
      {"text_id": id, "text": "..."} and writes {"text_id": id, "feature": [...]}. A file name \
      ending in .npy gives a float32 matrix instead.

      Examples:
        echo 一只可爱的猫 | cnclip embed texts -
        cnclip embed texts valid_texts.jsonl --jsonl --output valid_texts.txt_feat.jsonl
      """)

  @Argument(help: "A file with one text a line, or - for standard input.")
  var file: String

  @Flag(help: "The lines are JSON with text_id and text.")
  var jsonl = false

  @Option(
    help: """
      training: lower-case and straight quotes first, as in the original's training and \
      evaluation; api: as its clip.tokenize.
      """)
  var textNormalization = TextNormalization.training

  @OptionGroup var model: ModelOptions
  @OptionGroup var features: FeatureOptions
  @OptionGroup var profile: ProfileOptions

  func run() async throws {
    try profile.recording { try embed() }
  }

  private func embed() throws {
    let lines = try TextLines(path: file).lines
    let inputs: [(key: FeatureKey, text: String)] =
      jsonl ? try lines.enumerated().compactMap(parse) : lines.map { (.text($0), $0) }
    let clip = try model.load(normalization: textNormalization)
    let progress = Progress("embedding", total: inputs.count, unit: "texts", quiet: features.quiet)
    var truncated = 0
    if features.tokens, let path = features.output {
      let output = try TokenWriter(path: path, of: clip)
      for start in stride(from: 0, to: inputs.count, by: 64) {
        let chunk = inputs[start..<min(start + 64, inputs.count)]
        truncated += clip.tokenizer(chunk.map(\.text)).truncatedCount
        let tokens = try clip.features(texts: chunk.map(\.text))
        for (row, input) in chunk.enumerated() {
          try output.add(input.key, tokens.sliced(row..<row + 1))
        }
        progress.advance(by: chunk.count)
      }
      progress.finish()
      try output.finish()
      TruncationWarning.show(count: truncated, contextLength: clip.tokenizer.contextLength)
      return
    }
    let output = try FeatureWriter(path: features.output, dimension: clip.embeddingDimension)
    // Long enough for texts of equal length to meet, short enough to stay small in memory.
    for start in stride(from: 0, to: inputs.count, by: 2048) {
      let chunk = inputs[start..<min(start + 2048, inputs.count)]
      let tokens = clip.tokenizer(chunk.map(\.text))
      truncated += tokens.truncatedCount
      let embeddings = try clip.embed(tokens: tokens, normalized: !features.noNormalize)
      for (row, input) in chunk.enumerated() {
        try output.add(input.key, embeddings[row])
      }
      progress.advance(by: chunk.count)
    }
    progress.finish()
    try output.finish()
    TruncationWarning.show(count: truncated, contextLength: clip.tokenizer.contextLength)
  }

  /// Reads `{"text_id": …, "text": …}`, other fields ignored; nothing from a blank line.
  private func parse(_ index: Int, _ line: String) throws -> (key: FeatureKey, text: String)? {
    guard !line.allSatisfy(\.isWhitespace) else { return nil }
    var id: RawIdentifier?
    var text: String?
    do {
      try Array(line.utf8).withUnsafeBytes { bytes in
        var scanner = JSONScanner(bytes)
        try scanner.object { key, scanner in
          switch key {
          case "text_id": id = try RawIdentifier(&scanner)
          case "text": text = try scanner.string()
          default: try scanner.skip()
          }
        }
        try scanner.end()
      }
      guard let id, let text else {
        throw CaptionProblem.missingField(id == nil ? "text_id" : "text")
      }
      return (.textIdentifier(try id.number(field: "text_id")), text)
    } catch {
      throw CommandFailure(
        "\(file), line \(index + 1): expected {\"text_id\": a whole number, \"text\": \"...\"}; "
          + "\(error)")
    }
  }
}
