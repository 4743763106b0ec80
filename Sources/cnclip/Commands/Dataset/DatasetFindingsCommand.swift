import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset findings`.
struct DatasetFindingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings",
    abstract: "Turn a table of medical pictures, their labels and reports into a data set.",
    discussion: """
      Reads tables as CheXpert and MIMIC-CXR have them: a column of paths (PNG, JPEG, DICOM), columns \
      of labels with 1, 0, -1 and nothing, columns of the report. Without columns of labels the report \
      is read for them, as 'dataset labels' does. The sentences of reports become captions. Writes \
      {split}_imgs.tsv and {split}_texts.jsonl, and {split}_labels.jsonl with 1 for present, -1 for \
      absent, 0 for not known, which run files name under data.train.labels.

      Pictures become numbers in the table's order, and messages name rows by their lines: no path, \
      which names patients, goes into the data set, a run folder or a message. Reports do go into the \
      data set: take names out of them before.

      Examples:
        cnclip dataset findings train.csv --output chest --split train --uncertain ignore
        cnclip dataset findings films.csv --image-column 影像 --report-column 检查所见,诊断意见 -o chest
      """)

  @Argument(help: "The table: comma-separated values, or tab-separated ones in a .tsv file.")
  var source: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "dir"))
  var output: String

  @Option(help: "The beginning of the new files' names.")
  var split = "train"

  @Option(help: "The column of the pictures' paths, if not Path, image, 影像 or the like.")
  var imageColumn: String?

  @Option(
    help: "The columns of labels, with commas between; those of the table of labels if absent.")
  var labelColumns: String?

  @Option(help: "The columns of the report, with commas between.")
  var reportColumn: String?

  @Option(
    help: ArgumentHelp("Where the table's relative paths start; its own folder.", valueName: "dir"))
  var imagesFrom: String?

  @Option(help: "The table of labels: a file, or 'chest'.")
  var table = "chest"

  @Option(help: "The part of a report with headings: findings, impression, both, or all.")
  var section = ReportSection.both

  @Option(help: "What -1 counts as: absent (zeros), present (ones), or not known (ignore).")
  var uncertain = UncertaintyPolicy.ignore

  @Option(help: "Sentences with fewer words are left out; a Chinese character counts as a word.")
  var minimumWords = 5

  @Flag(help: "Leave out rows that cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Replace files that are there.")
  var overwrite = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let labeller = ReportLabeller(try LabelTable.named(table))
    let rows = try FindingsTable(
      URL(filePath: source),
      columns: FindingsTable.Columns(
        image: imageColumn, labels: Self.names(labelColumns), report: Self.names(reportColumn)),
      known: labeller.table.labels, relativeTo: imagesFrom.map { URL(filePath: $0) },
      policy: skipBroken ? .skip : .fail)
    var reading = FindingsDataset.Reading(labeller)
    reading.section = section
    reading.minimumWords = minimumWords
    let dataset = try FindingsDataset(rows, reading: reading)
    let folder = URL(filePath: output)
    let labels = folder.appending(path: "\(split)_labels.jsonl")
    guard overwrite || !FileManager.default.fileExists(atPath: labels.path) else {
      throw DataError.alreadyExists(path: labels.path)
    }
    let progress = Progress("writing \(split)", total: nil, unit: "pictures", quiet: quiet)
    try TSVDatasetWriter.write(dataset, to: folder, split: split, overwrite: overwrite) {
      progress.set(done: $0, total: $1)
    }
    try dataset.writeLabels(to: labels, uncertainty: uncertain, overwrite: overwrite)
    progress.finish()
    print(
      "\(split): \(dataset.imageIDs().count) pictures, \(dataset.captions().count) sentences, "
        + "\(dataset.pairCount) pairs")
    var counts = Table([.left, .right, .right, .right])
    counts.add("pictures", "1", "0", "-1")
    for (place, label) in dataset.labels.enumerated() {
      let states = dataset.imageStates.compactMap { $0[place] }
      counts.add(
        label, "\(states.count { $0 == .present })", "\(states.count { $0 == .absent })",
        "\(states.count { $0 == .uncertain })")
    }
    print(counts.text)
    try SkippedSamples([dataset]).finish()
  }

  private static func names(_ list: String?) -> [String] {
    list?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
  }
}
