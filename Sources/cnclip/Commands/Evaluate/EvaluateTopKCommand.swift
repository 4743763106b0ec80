import ArgumentParser
import CLIPEvaluation
import Foundation

/// `cnclip evaluate topk`.
struct EvaluateTopKCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topk",
    abstract: "Find the nearest pictures of texts, or texts of pictures, among features.",
    discussion: """
      Does what the original's make_topk_predictions.py and make_topk_predictions_tr.py do, on any \
      machine: exact, ties in the order of the file. Features are JSON lines ('cnclip embed', or the \
      original) or .npy matrices.

      Examples:
        cnclip evaluate topk --image-feats valid_imgs.img_feat.jsonl \\
          --text-feats valid_texts.txt_feat.jsonl --output predictions.jsonl
        cnclip evaluate topk --direction image-to-text --image-feats i.npy --text-feats t.npy \\
          --image-ids valid_imgs.tsv --text-ids valid_texts.jsonl --output predictions.jsonl
      """)

  /// Which side asks.
  enum Direction: String, ExpressibleByArgument, CaseIterable {
    case textToImage = "text-to-image"
    case imageToText = "image-to-text"
  }

  @Option(help: ArgumentHelp("Features of the pictures.", valueName: "file"))
  var imageFeats: String

  @Option(help: ArgumentHelp("Features of the texts.", valueName: "file"))
  var textFeats: String

  @Option(
    help: ArgumentHelp(
      "Ids of the rows of a .npy file: a .tsv, JSON lines, or one number a line.",
      valueName: "file"))
  var imageIds: String?

  @Option(help: ArgumentHelp("The same for texts.", valueName: "file"))
  var textIds: String?

  @Option(help: "Which side asks.")
  var direction = Direction.textToImage

  @Option(help: "How many results.")
  var topK = 10

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write; standard output if absent.", valueName: "file"))
  var output: String?

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let images = try read(imageFeats, field: "image_id", ids: imageIds)
    let texts = try read(textFeats, field: "text_id", ids: textIds)
    let asksTexts = direction == .textToImage
    let (queries, gallery) = asksTexts ? (texts, images) : (images, texts)
    let progress = Progress("searching", total: queries.ids.count, unit: "queries", quiet: quiet)
    let rankings = try queries.rankings(in: gallery, topK) { progress.set(done: $0) }
    progress.finish()
    let writer = try ResultWriter(path: output)
    for ranking in rankings {
      try writer.line(RankingFile.line(ranking, asksTexts ? .textToImage : .imageToText))
    }
    try writer.finish()
  }

  private func read(_ path: String, field: String, ids: String?) throws -> FeatureSet {
    let name = URL(filePath: path).lastPathComponent
    let progress = Progress("reading \(name)", total: nil, unit: "features", quiet: quiet)
    defer { progress.finish() }
    return try FeatureFile.read(
      URL(filePath: path), field: field, ids: ids.map { URL(filePath: $0) }
    ) { progress.set(done: $0, total: $1) }
  }
}
