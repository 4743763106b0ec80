import ArgumentParser
import CLIPData
import CLIPEvaluation
import CLIPModels
import Files
import Foundation

/// `cnclip dataset import`.
struct DatasetImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turn pictures with captions into a data set.",
    discussion: """
      Reads a folder of pictures with text files of the same names (one caption a line), a folder of \
      class folders, a table (CSV or TSV) of paths and captions, tar shards, LMDB, or another data \
      set, and writes {split}_imgs.tsv and {split}_texts.jsonl. Equal captions become one caption of \
      several pictures.

      Examples:
        cnclip dataset import photos/ --output data --split train
        cnclip dataset import fruits/ --labels label_cn.txt --template '{}' '一张{}的照片' \\
          --output data --valid-share 0.1
        cnclip dataset import goods.csv --image-column file --caption-column title \\
          --output data --filter paper --report dropped.jsonl
      """)

  @Argument(help: "A folder, a table, a tar shard or a pattern of shards, or a data set.")
  var source: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "dir"))
  var output: String

  @Option(help: "The beginning of the new files' names, and of those read if it is a data set.")
  var split = "train"

  @Option(help: "The form of the source; guessed if absent.")
  var form: ImportForm?

  @Option(
    help: ArgumentHelp(
      "Names of the classes, one a line, in the folders' order.", valueName: "file"))
  var labels: String?

  @Option(
    name: .customLong("template"), parsing: .upToNextOption,
    help: "Captions of a class, with {} for its name.")
  var templates: [String] = ["{}"]

  @Option(help: "Column of a table that holds the paths: a name, or a number from 1.")
  var imageColumn: String?

  @Option(help: "Column of a table that holds the captions: a name, or a number from 1.")
  var captionColumn: String?

  @Option(help: "The character between a table's fields; a comma, or a tab in .tsv files.")
  var delimiter: String?

  @Option(
    help: """
      How a table's fields are quoted: csv, with line ends inside of quotation marks; none, a \
      quotation mark is an ordinary character; automatic, by the delimiter, asking where in doubt.
      """)
  var quoting = TableQuoting.automatic

  @Option(
    help: ArgumentHelp("Where a table's relative paths start; its own folder.", valueName: "dir"))
  var imagesFrom: String?

  @Option(help: "Share of the pictures to write as the split 'valid' instead, as in 0.1.")
  var validShare: Double?

  @OptionGroup var filter: FilterOptions
  @OptionGroup var model: ModelOptions

  @Flag(help: "Leave out what cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Replace files that are there.")
  var overwrite = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard delimiter.map({ $0.count == 1 }) ?? true else {
      throw ValidationError("--delimiter takes one character.")
    }
  }

  func run() async throws {
    let dataset = try open()
    let result = try filtered(dataset)
    guard !result.dataset.imageIDs().isEmpty else {
      try filter.writeReport(result)
      let reasons = result.counts.keys.sorted().joined(separator: ", ")
      throw CommandFailure("the filter leaves nothing of \(source): \(reasons)")
    }
    let directory = URL(filePath: output)
    var parts = [(split, result.dataset)]
    if let validShare {
      let divided = try HeldOutSplit(result.dataset, share: validShare)
      parts = [(split, divided.training), ("valid", divided.heldOut)]
    }
    for (split, part) in parts {
      let progress = Progress("writing \(split)", total: nil, unit: "pictures", quiet: quiet)
      try TSVDatasetWriter.write(part, to: directory, split: split, overwrite: overwrite) {
        progress.set(done: $0, total: $1)
      }
      progress.finish()
    }
    try filter.writeReport(result)
    let skipped = SkippedSamples([dataset])
    print(
      ImportSummary(parts: parts, counts: result.counts, skipped: skipped.reasons.count)
        .text(json: json))
    try skipped.finish()
  }

  private func open() throws -> any PairDataset {
    let policy: DamagePolicy = skipBroken ? .skip : .fail
    let url = URL(filePath: source)
    switch form ?? ImportForm.guess(source, split: split) {
    case .captions: return try FileDataset(folder: url, policy: policy)
    case .classes:
      let names = try labels.map { try TextLines(path: $0).words }
      return try FileDataset(classFolders: url, names: names, templates: templates, policy: policy)
    case .table:
      let columns = TableColumns(
        image: imageColumn, caption: captionColumn, delimiter: delimiter?.first,
        quoting: quoting)
      return try FileDataset(
        table: url, columns: columns, relativeTo: imagesFrom.map { URL(filePath: $0) },
        policy: policy)
    case .dataset: return try DatasetLocation.find(source, split: split).open(policy: policy)
    }
  }

  private func filtered(_ dataset: any PairDataset) throws -> FilterResult {
    let filter = try filter.rules()
    let progress = Progress("looking at", total: nil, unit: "pictures", quiet: quiet)
    defer { progress.finish() }
    var scores: (([CaptionPair]) throws -> [Double])?
    if filter.minimumScore != nil {
      let clip = try model.load()
      scores = { try PairScores.scores(of: $0, in: dataset, model: clip) }
    }
    return try filter.apply(to: dataset, scores: scores) { progress.set(done: $0, total: $1) }
  }
}

/// What an import wrote and left out.
private struct ImportSummary {
  let parts: [(split: String, dataset: SubsetDataset)]
  let counts: [String: Int]
  let skipped: Int

  func text(json: Bool) -> String {
    let dropped = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    if json {
      let splits = parts.map {
        """
        {"split": \(PythonJSON.string($0.split)), "images": \($0.dataset.imageIDs().count), \
        "captions": \($0.dataset.captions().count), "pairs": \($0.dataset.pairCount)}
        """
      }
      let reasons = dropped.map { "\(PythonJSON.string($0.key)): \($0.value)" }
      return """
        {"splits": [\(splits.joined(separator: ", "))], \
        "dropped": {\(reasons.joined(separator: ", "))}, "skipped": \(skipped)}
        """
    }
    var lines = parts.map {
      "\($0.split.showingControls): \($0.dataset.imageIDs().count) pictures, "
        + "\($0.dataset.captions().count) captions, \($0.dataset.pairCount) pairs"
    }
    if !dropped.isEmpty { lines.append("left out by the filter:") }
    lines += dropped.map {
      "  \($0.value) × \($0.key.replacing("_", with: " ").showingControls)"
    }
    return lines.joined(separator: "\n")
  }
}
