import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset check`.
struct DatasetCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Find everything in a data set that would stop training or falsify evaluation.",
    discussion: """
      Finds broken base64, pictures that cannot be decoded, ids that are no numbers or not there, \
      duplicates, captions of several pictures, and more, each with its line. Exit code 1 says that \
      there are errors; warnings and notes leave it 0.

      With --fix a clean copy is written: what is an error is left out (exit code 3 says so), names \
      become numbers, and {split}_ids.tsv tells which.

      Examples:
        cnclip dataset check data --split valid
        cnclip dataset check data --fix clean
      """)

  @OptionGroup var dataset: DatasetOptions

  @Option(help: ArgumentHelp("Write a clean copy here.", valueName: "dir"))
  var fix: String?

  @Option(help: "How many findings of one kind to show; JSON has all.")
  var show = 5

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let location = try dataset.location()
    let progress = Progress("checking", total: nil, unit: "pictures", quiet: quiet)
    let report: DatasetReport
    if let fix {
      guard case .sourceFiles(let images, let texts) = location else {
        throw CommandFailure(
          "--fix rewrites TSV and JSON lines; for \(dataset.directory) use "
            + "'cnclip dataset import --skip-broken'")
      }
      report = try DatasetChecker().repair(
        images: images, texts: texts, to: URL(filePath: fix), split: dataset.split
      ) { progress.set(done: $0, total: $1) }
    } else {
      report = try DatasetChecker().check(location) { progress.set(done: $0, total: $1) }
    }
    progress.finish()
    print(json ? report.json : text(of: report))
    if !report.isSound { throw fix == nil ? ExitCode.failure : ExitCode.someInputsSkipped }
  }

  private func text(of report: DatasetReport) -> String {
    var lines: [String] = []
    for severity in DatasetProblem.Severity.allCases {
      for kind in DatasetProblem.Kind.allCases where kind.severity == severity {
        let problems = report.problems.filter { $0.kind == kind }
        guard !problems.isEmpty else { continue }
        let name = kind.rawValue.replacing("_", with: " ")
        lines.append("\(severity.rawValue): \(name), \(problems.count)")
        for problem in problems.prefix(max(0, show)) {
          let place = problem.line.map { ", line \($0)" } ?? ""
          let file = URL(filePath: problem.path).lastPathComponent
          lines.append("  " + "\(file)\(place): \(problem.message)".showingControls)
        }
        if problems.count > show { lines.append("  … and \(problems.count - show) more") }
      }
    }
    let usable =
      "\(report.imageCount) pictures, \(report.captionCount) captions, \(report.pairCount) pairs"
    lines.append(report.isSound ? "sound: \(usable)" : "not sound; usable: \(usable)")
    return lines.joined(separator: "\n")
  }
}

extension DatasetReport {
  /// The report as one JSON object.
  fileprivate var json: String {
    let counts = DatasetProblem.Kind.allCases.filter { count($0) > 0 }
      .map { "\"\($0.rawValue)\": \(count($0))" }
    let problems = problems.map { problem in
      """
      {"kind": "\(problem.kind.rawValue)", "severity": "\(problem.kind.severity.rawValue)", \
      "path": \(PythonJSON.string(problem.path)), \
      "line": \(problem.line.map { String($0) } ?? "null"), \
      "message": \(PythonJSON.string(problem.message))}
      """
    }
    return """
      {"sound": \(isSound), "images": \(imageCount), "captions": \(captionCount), \
      "pairs": \(pairCount), "counts": {\(counts.joined(separator: ", "))}, \
      "problems": [\(problems.joined(separator: ", "))]}
      """
  }
}
