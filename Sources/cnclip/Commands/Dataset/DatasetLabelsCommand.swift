import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset labels`.
struct DatasetLabelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels",
    abstract: "Read weak labels from reports: what was found, not found, or left open.",
    discussion: """
      Works by a table of phrases, in Chinese and English, without a model: 1 is found, 0 is not, -1 \
      is left open, and what a report does not mention stays empty, as in CheXpert's tables. The table \
      'chest' has CheXpert's fourteen labels of chest films; a table of one's own is a CSV or TSV file \
      with the columns label and mentions (phrases with | between), or JSON. Documentation/Medical.md \
      says what words reach how far. Labels of rules are wrong here and there: look at a sample of them.

      REPORTS is a folder of text files, a text file, a table (.csv, .tsv) or JSON lines (.jsonl). \
      Messages name reports by their numbers, never by their names, which may be patients'.

      Examples:
        cnclip dataset labels reports/ --output labels.csv
        cnclip dataset labels reports.csv --column 检查所见,诊断意见 --id-column 检查号 -o labels.csv
        cnclip dataset labels reports.jsonl --table bones.csv --json
      """)

  @Argument(help: "A folder of text files, a text file, a table, or JSON lines.")
  var reports: String

  @Option(help: "The table of labels: a file, or 'chest'.")
  var table = "chest"

  @Option(
    help: "Columns or keys with the text, names or numbers from 1, with commas between.")
  var column: String?

  @Option(help: "The column or key that names a report; its number if absent.")
  var idColumn: String?

  @Flag(help: "The table of reports has no line of names.")
  var headerless = false

  @Option(
    help: "The part of a report with headings: findings, impression, both, or all that it says.")
  var section = ReportSection.both

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write; standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Write JSON lines instead of comma-separated values.")
  var json = false

  @Flag(help: "Show no progress, and no summary.")
  var quiet = false

  func run() async throws {
    let labeller = ReportLabeller(try LabelTable.named(table))
    let columns = ReportFile.Columns(
      text: column?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? [],
      id: idColumn, hasHeader: !headerless)
    let source = try ReportFile(URL(filePath: reports), columns: columns)
    let labels = labeller.table.labels
    var skipped = SkippedSamples([])
    for problem in source.problems { skipped.add(problem) }
    let writer = try ResultWriter(path: output)
    if !json { try writer.line((["report"] + labels).map(CSVField.quoted).joined(separator: ",")) }
    var counts = LabelCounts(labels)
    let progress = Progress(
      "reading", total: source.reports.count, unit: "reports", quiet: quiet)
    for (number, report) in source.reports.enumerated() {
      guard let text = section.part(of: report.text),
        text.contains(where: { !$0.isWhitespace })
      else {
        skipped.add(
          "report \(number + 1): "
            + (report.text.contains { !$0.isWhitespace }
              ? "it has headings, but none of the part '\(section.rawValue)'" : "it is empty"))
        continue
      }
      let states = labeller(text)
      counts.add(states)
      try writer.line(json ? Self.json(report.id, labels, states) : Self.row(report.id, states))
      progress.set(done: number + 1)
    }
    progress.finish()
    guard counts.reports > 0 else {
      throw CommandFailure(
        "no report could be read; the first problem: \(skipped.reasons.first ?? "there are none")")
    }
    try writer.finish()
    if output != nil, !quiet { StandardError.line(counts.table) }
    try skipped.finish()
  }

  private static func row(_ id: String, _ states: [FindingState?]) -> String {
    ([CSVField.quoted(id)] + states.map { $0.map { "\($0.rawValue)" } ?? "" })
      .joined(separator: ",")
  }

  private static func json(_ id: String, _ labels: [String], _ states: [FindingState?]) -> String {
    let pairs = zip(labels, states).map { label, state in
      "\(PythonJSON.string(label)): \(state.map { "\($0.rawValue)" } ?? "null")"
    }
    return "{\"report\": \(PythonJSON.string(id)), \"labels\": {\(pairs.joined(separator: ", "))}}"
  }
}

/// How often reports say what.
private struct LabelCounts {
  private let labels: [String]
  private var counts: [[FindingState: Int]]
  private(set) var reports = 0

  init(_ labels: [String]) {
    self.labels = labels
    counts = Array(repeating: [:], count: labels.count)
  }

  mutating func add(_ states: [FindingState?]) {
    reports += 1
    for (label, state) in states.enumerated() {
      if let state { counts[label][state, default: 0] += 1 }
    }
  }

  var table: String {
    var table = Table([.left, .right, .right, .right])
    table.add("\(reports) reports", "1", "0", "-1")
    for (label, count) in zip(labels, counts) {
      table.add(
        label, "\(count[.present] ?? 0)", "\(count[.absent] ?? 0)", "\(count[.uncertain] ?? 0)")
    }
    return table.text
  }
}
