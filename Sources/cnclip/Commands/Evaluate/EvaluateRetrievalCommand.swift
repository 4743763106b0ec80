import ArgumentParser
import CLIPData
import CLIPEvaluation
import CLIPModels
import Foundation

/// `cnclip evaluate retrieval`.
struct EvaluateRetrievalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrieval",
    abstract: "Measure how well the texts and pictures of a data set find each other.",
    discussion: """
      Reads {split}_imgs.tsv and {split}_texts.jsonl, or lmdb/{split}, embeds everything, and counts \
      over the whole set how often a right answer is among the first 1, 5 and 10: recall in percent, \
      both ways. A caption that names no picture counts as missed, as in the original.

      Examples:
        cnclip evaluate retrieval --data MUGE --split valid --model ViT-B-16 --checkpoint clip.pt
        cnclip evaluate retrieval --data data --split test --json --files results/
      """)

  @Option(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var data: String

  @Option(help: "The part of the data set.")
  var split = "valid"

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Option(help: "At how many results recall is counted, with commas between.")
  var depths = "1,5,10"

  @Option(
    help: ArgumentHelp(
      "Also write features and predictions in the original's formats and under its names.",
      valueName: "dir"))
  var files: String?

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Leave out what cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let policy: DamagePolicy = skipBroken ? .skip : .fail
    var evaluation = try RetrievalEvaluation(
      DatasetLocation.find(data, split: split).open(policy: policy))
    evaluation.depths = try Depths(depths).values
    let clip = try model.load(decoder: pictures.decoder, batchSize: batchSize)
    let progress = Progress("embedding", total: nil, unit: "pictures", quiet: quiet)
    var damaged = SkippedPictures()
    let scores: RetrievalScores
    if clip.interaction.needsTokens {
      guard files == nil else {
        throw CommandFailure(
          "\(clip.name) compares pictures and texts token by token; the original's files of --files "
            + "hold one vector each")
      }
      scores = try evaluation.run(
        clip, policy: policy, warn: { damaged.warn("picture \($0)", $1) },
        progress: { progress.set(done: $0, total: $1) })
      progress.finish()
    } else {
      let images = try evaluation.embedImages(
        clip, policy: policy, warn: { damaged.warn("picture \($0)", $1) },
        progress: { progress.set(done: $0, total: $1) })
      progress.finish()
      let texts = try evaluation.embedTexts(clip)
      scores = try evaluation.scores(images: images, texts: texts)
      if let files { try write(images, texts, to: URL(filePath: files)) }
    }
    print(json ? scores.json : table(scores))
    try damaged.finish()
    let missing = evaluation.imageIDs.count - scores.imageCount
    if missing > 0 {
      StandardError.line("\(missing) pictures could not be read and were never found")
      throw ExitCode.someInputsSkipped
    }
  }

  private func write(_ images: FeatureSet, _ texts: FeatureSet, to folder: URL) throws {
    try FeatureFile.write(
      images, field: "image_id", to: folder.appending(path: "\(split)_imgs.img_feat.jsonl"))
    try FeatureFile.write(
      texts, field: "text_id", to: folder.appending(path: "\(split)_texts.txt_feat.jsonl"))
    try RankingFile.write(
      texts.rankings(in: images, SubmissionRules.depth), direction: .textToImage,
      to: folder.appending(path: "\(split)_predictions.jsonl"))
    try RankingFile.write(
      images.rankings(in: texts, SubmissionRules.depth), direction: .imageToText,
      to: folder.appending(path: "\(split)_tr_predictions.jsonl"))
  }

  private func table(_ scores: RetrievalScores) -> String {
    let columns = scores.textToImage.entries.map { "R@\($0.depth)" } + ["mean", "queries"]
    var table = Table([.left] + columns.map { _ in .right })
    table.add(cells: [""] + columns)
    for (name, recall) in [
      ("text → image", scores.textToImage), ("image → text", scores.imageToText),
    ] {
      let shares = (recall.entries.map(\.share) + [recall.mean]).map {
        String(format: "%.2f", 100 * $0)
      }
      table.add(cells: [name] + shares + ["\(recall.queryCount)"])
    }
    return "\(table.text)\n\(scores.imageCount) pictures, \(scores.textCount) texts"
  }
}

/// Depths as they are written on the command line.
struct Depths {
  let values: [Int]

  init(_ text: String) throws {
    let values = text.split(separator: ",").map { Int($0) ?? 0 }
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--depths takes numbers with commas between, as in 1,5,10.")
    }
    self.values = values.sorted()
  }
}
