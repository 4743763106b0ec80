import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset stats`.
struct DatasetStatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Describe a data set: caption lengths, picture sizes, captions a picture.",
    discussion: """
      Prints numbers and bars; --svg draws the same as a picture for a browser.

      Example: cnclip dataset stats data --split train --svg train.svg
      """)

  @OptionGroup var dataset: DatasetOptions

  @Option(help: ArgumentHelp("Draw the histograms into this file.", valueName: "file"))
  var svg: String?

  @Flag(help: "Leave out what cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let opened = try dataset.location().open(policy: skipBroken ? .skip : .fail)
    let progress = Progress("looking at", total: nil, unit: "pictures", quiet: quiet)
    let statistics = try DatasetStatistics(of: opened) { progress.set(done: $0, total: $1) }
    progress.finish()
    if let svg {
      let file = try ResultWriter(path: svg)
      let title = "\(dataset.directory) · \(dataset.split)"
      try file.write(Data(HistogramSheet.svg(statistics.histograms, title: title).utf8))
      try file.finish()
    }
    print(json ? statistics.json : text(of: statistics))
    var skipped = SkippedSamples([opened])
    for id in statistics.brokenImageIDs { skipped.add("picture \(id) cannot be decoded") }
    try skipped.finish()
  }

  private func text(of statistics: DatasetStatistics) -> String {
    var table = Table([.left, .right])
    table.add("pictures", "\(statistics.imageCount)")
    table.add("captions", "\(statistics.captionCount)")
    table.add("different captions", "\(statistics.distinctCaptionCount)")
    table.add("captions over 50 characters", "\(statistics.longCaptionCount)")
    table.add("pairs", "\(statistics.pairCount)")
    table.add("broken pictures", "\(statistics.brokenImageIDs.count)")
    for (format, count) in statistics.formats.sorted(by: { $0.key < $1.key }) {
      table.add("\(format) files", "\(count)")
    }
    table.add(
      "size of all files", String(format: "%.1f MiB", Double(statistics.imageBytes) / 0x1p20))
    let histograms = statistics.histograms.map { histogram in
      ([histogram.title] + histogram.bars().map { "  \($0)" }).joined(separator: "\n")
    }
    return ([table.text] + histograms).joined(separator: "\n\n")
  }
}

extension DatasetStatistics {
  /// The numbers as one JSON object.
  fileprivate var json: String {
    let formats = formats.sorted { $0.key < $1.key }
      .map { "\(PythonJSON.string($0.key)): \($0.value)" }.joined(separator: ", ")
    let histograms = histograms.map { histogram in
      let summary = histogram.summary.map {
        """
        {"minimum": \($0.minimum), "median": \($0.median), "mean": \($0.mean), \
        "percentile_95": \($0.percentile95), "maximum": \($0.maximum)}
        """
      }
      return """
        {"title": \(PythonJSON.string(histogram.title)), "summary": \(summary ?? "null"), \
        "start": \(histogram.start), "bin_width": \(histogram.binWidth), \
        "counts": \(PythonJSON.list(histogram.counts.map { Int64($0) }))}
        """
    }
    return """
      {"images": \(imageCount), "captions": \(captionCount), "pairs": \(pairCount), \
      "different_captions": \(distinctCaptionCount), "long_captions": \(longCaptionCount), \
      "broken_images": \(brokenImageIDs.count), "formats": {\(formats)}, "image_bytes": \(imageBytes), \
      "histograms": [\(histograms.joined(separator: ", "))]}
      """
  }
}
