import ArgumentParser
import CLIPSearch
import Foundation

/// `cnclip library approximate`: quicker searches of millions of pictures.
struct LibraryApproximateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approximate",
    abstract: "Make searches of a million pictures and more quicker, at a measured recall.",
    discussion: """
      Searches are exact by default, and quick enough up to about a million pictures. This sorts \
      the pictures into lists and measures how many lists a search must look into to find what the \
      exact search finds; if that takes too many, nothing changes. In PostgreSQL it makes an HNSW \
      index and measures how many candidates it must keep.

      Example: cnclip library approximate --library ~/pictures.library --recall 0.98
      """)

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions

  @Option(help: "The least share of the ten best that must be found, from 0.5 to 1.")
  var recall = 0.98

  @Option(help: "How many lists; by default it depends on the number of pictures.")
  var lists: Int?

  @Flag(help: "Throw the lists away: every search is exact again.")
  var remove = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    if remove { return try await library.open().removeApproximateIndex() }
    let library = try await library.open(with: model)
    let progress = Progress("sorting", total: 100, unit: "percent", quiet: quiet)
    let report = try await Interruption.cancelling { [recall, lists] in
      try await library.buildApproximateIndex(recall: recall, lists: lists) {
        progress.set(done: Int($0 * 100))
      }
    }
    progress.finish()
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(JSONEncoder.forResults.encode(report) + Data("\n".utf8))
    } else {
      try output.line(Self.table(report))
    }
    try output.finish()
    if report.chosen == nil {
      StandardError.line("no setting reaches a recall of \(recall): searches stay exact")
    }
    let chosen = report.settings.first { $0.probes == report.chosen }
    if let chosen, chosen.milliseconds >= report.exactMilliseconds {
      StandardError.line(
        "exact search is no slower for this many pictures; --remove goes back to it")
    }
  }

  private static func table(_ report: PictureLibrary.ApproximateReport) -> String {
    var table = Table([.right, .right, .right, .right, .left])
    table.add(
      report.lists > 0 ? "lists looked into" : "candidates", "recall, texts", "recall, pictures",
      "ms", "")
    for setting in report.settings {
      table.add(
        "\(setting.probes)" + (report.lists > 0 ? " of \(report.lists)" : ""),
        setting.textRecall.map { String(format: "%.3f", $0) } ?? "not measured",
        String(format: "%.3f", setting.pictureRecall), String(format: "%.2f", setting.milliseconds),
        setting.probes == report.chosen ? "chosen" : "")
    }
    table.add("exact", "1.000", "1.000", String(format: "%.2f", report.exactMilliseconds), "")
    return table.text
  }
}
