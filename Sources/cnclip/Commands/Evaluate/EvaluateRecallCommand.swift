import ArgumentParser
import CLIPEvaluation
import Foundation

/// `cnclip evaluate recall`.
struct EvaluateRecallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recall",
    abstract: "Count the recall of a file of predictions.",
    discussion: """
      Does what the original's evaluation.py and evaluation_tr.py do; which of them is told by the \
      fields of the reference. Prints, and writes to --output, the original's JSON; if anything is \
      wrong its JSON says so and the exit code is 1. Lists may have any length and galleries any \
      size; --strict demands exactly ten different ids, as the original does.

      Examples:
        cnclip evaluate recall valid_texts.jsonl predictions.jsonl --output recall.json
        cnclip evaluate recall valid_texts.tr.jsonl tr_predictions.jsonl
      """)

  @Argument(help: "The right answers: {split}_texts.jsonl, or its .tr.jsonl.")
  var reference: String

  @Argument(help: "The predictions, JSON lines.")
  var predictions: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the JSON here too.", valueName: "file"))
  var output: String?

  @Option(help: "At how many results recall is counted, with commas between.")
  var depths = "1,5,10"

  @Flag(help: "Demand exactly ten different ids a query.")
  var strict = false

  func run() async throws {
    let depths = try Depths(depths).values
    do {
      let recall = try count(depths)
      if recall.unanswerableCount > 0 {
        StandardError.line(
          "note: \(recall.unanswerableCount) of \(recall.queryCount) queries have no right answer "
            + "and count as missed")
      }
      try show(recall.originalJSON)
    } catch {
      try show(Recall.originalJSON(failure: "\(error)"))
      throw CommandFailure("\(error)")
    }
  }

  private func count(_ depths: [Int]) throws -> Recall {
    let (direction, answers) = try RankingFile.read(URL(filePath: reference))
    let (_, found) = try RankingFile.read(URL(filePath: predictions), direction: direction)
    if strict { try SubmissionRules.check(found, direction: direction) }
    return try Recall(
      of: found, against: RetrievalReference(direction: direction, answers), depths: depths)
  }

  private func show(_ json: String) throws {
    print(json)
    guard let output else { return }
    let writer = try ResultWriter(path: output)
    try writer.write(Data(json.utf8))
    try writer.finish()
  }
}
