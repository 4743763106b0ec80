import ArgumentParser
import CLIPEvaluation
import Foundation

/// `cnclip evaluate transform`.
struct EvaluateTransformCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transform",
    abstract: "Turn annotations of texts into annotations of pictures.",
    discussion: """
      Does what the original's transform_ir_annotation_to_tr.py does: valid_texts.jsonl becomes \
      valid_texts.tr.jsonl with lines of {"image_id", "text_ids"}. Pictures without a text are left \
      out.

      Example: cnclip evaluate transform --input valid_texts.jsonl
      """)

  @Option(help: ArgumentHelp("The captions of a data set.", valueName: "file"))
  var input: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write; beside the input, ending in .tr.jsonl.", valueName: "file"))
  var output: String?

  func run() async throws {
    let (direction, rankings) = try RankingFile.read(URL(filePath: input))
    let inverted = rankings.inverted()
    let target = output ?? input.replacing(".jsonl", with: "") + ".tr.jsonl"
    try RankingFile.write(inverted, direction: direction.reversed, to: URL(filePath: target))
    StandardError.line("\(target): \(inverted.count) queries")
  }
}
