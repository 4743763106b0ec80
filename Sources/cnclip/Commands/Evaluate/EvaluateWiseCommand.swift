import ArgumentParser
import CLIPCharts
import CLIPEvaluation
import CLIPImages
import CLIPModels
import Files
import Foundation
import Torch

/// `cnclip evaluate wise`.
struct EvaluateWiseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wise",
    abstract: "Measure the models between a model and what was fine-tuned from it.",
    discussion: """
      Every weight is (1 - w) times the first model's and w times the second's, w from 0 to 1. \
      Between the two there is often a model that is as good as the second on its own data and \
      nearly as good as the first on other data (WiSE-FT, Wortsman et al., 2022): name both kinds of \
      data with --data.

      Example:
        cnclip evaluate wise --tuned runs/fruits/best --data fruits --data stamps --curve wise.svg
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions
  @OptionGroup var prompts: PromptOptions

  @Option(help: ArgumentHelp("The fine-tuned model: a folder or a file.", valueName: "path"))
  var tuned: String

  @Option(
    help: ArgumentHelp(
      "A data set as 'zeroshot' reads it; may be given several times.", valueName: "dir"))
  var data: [String]

  @Option(help: "Steps from the first model to the second.")
  var steps = 10

  @Option(help: ArgumentHelp("Draw the curve as an SVG picture.", valueName: "file"))
  var curve: String?

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Print JSON, one line a weight.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard (1...100).contains(steps) else { throw ValidationError("--steps takes 1 to 100.") }
    guard model.contextLength == nil else {
      throw ValidationError("--context-length is not for models between two.")
    }
  }

  func run() async throws {
    let sets = try data.map { try ClassFolders(URL(filePath: $0)) }
    guard Set(sets.map(\.name)).count == sets.count else {
      throw ValidationError("Two data sets have the same name.")
    }
    let (first, second) = (try model.named.source, try ModelSource(tuned))
    let total = sets.reduce(0) { $0 + $1.pictures.count } * (steps + 1)
    let progress = Progress("embedding", total: total, unit: "pictures", quiet: quiet)
    var skipped = SkippedPictures()
    var lines = sets.map { _ in [(x: Double, y: Double)]() }
    var table = Table([.right] + sets.map { _ in .right })
    table.add(cells: ["weight"] + sets.map(\.name))
    var done = 0
    for step in 0...steps {
      let weight = Double(step) / Double(steps)
      let clip = try CLIP.between(
        first, second, weight: weight, device: Device(named: model.device),
        precision: model.precision, decoder: pictures.decoder, conversionOrder: .convertFirst,
        batchSize: batchSize)
      var figures: [Double] = []
      for (index, set) in sets.enumerated() {
        var evaluation = try ZeroShotEvaluation(set)
        evaluation.ensemble = prompts.ensemble
        if let templates = prompts.templates { evaluation.prompts = try .named(templates) }
        let embedded = try ZeroShotEvaluation.embed(set, clip) { progress.set(done: done + $0) }
        done += set.pictures.count
        if step == 0 { skipped.add(embedded) }
        let figure = try evaluation.score(embedded, clip).value()
        figures.append(figure)
        lines[index].append((weight, 100 * figure))
      }
      if json {
        let scores = zip(sets, figures).map { "\(PythonJSON.string($0.name)): \($1)" }
        print("{\"weight\": \(weight), \"scores\": {\(scores.joined(separator: ", "))}}")
      }
      table.add(
        cells: [String(format: "%.2f", weight)]
          + figures.map { String(format: "%.2f %%", 100 * $0) })
    }
    progress.finish()
    if !json { print(table.text) }
    if let curve { try draw(zip(sets.map(\.name), lines).map { ($0, $1) }, to: curve) }
    try skipped.finish()
  }

  private func draw(_ lines: [(name: String, points: [(x: Double, y: Double)])], to path: String)
    throws
  {
    let chart = LineChart(
      title: lines.count == 1 ? "\(lines[0].name), %" : "each data set's figure, %",
      xTitle: "weight: 0 the model as it was, 1 fine-tuned",
      series: lines.map { .init($0.name, $0.points, hasDots: true) })
    let output = try ResultWriter(path: path)
    try output.write(Data(chart.svg.utf8))
    try output.finish()
  }
}
