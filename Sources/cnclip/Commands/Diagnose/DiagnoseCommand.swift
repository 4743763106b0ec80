import ArgumentParser
import CLIPEvaluation
import CLIPImages
import CLIPModels
import Foundation

/// `cnclip diagnose`: what a model cannot do.
struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Find out what a model cannot do: a report with pictures.",
    discussion: """
      On a data set as 'evaluate zeroshot' reads it: how much the wording of a label matters, whether \
      没有, 不是 and 除了 are heard, whether probabilities mean what they say (with the temperature that \
      fits), which labels are nearly one, and which pictures answer everything. On pictures drawn for \
      the purpose: colour, number, left and right; on sentences: 把 and 被.

      --output writes diagnosis.html, for everybody; diagnosis.md with its pictures; diagnosis.json; and \
      the drawn pictures with their captions under composition/.

      Examples:
        cnclip diagnose --data fruits --output report/
        cnclip diagnose --data fruits --model ViT-B-16 --json
      """)

  @Option(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "Where the report is written; printed as Markdown if absent.", valueName: "dir"))
  var output: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions
  @OptionGroup var prompts: PromptOptions

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let set = try ClassFolders(URL(filePath: data))
    guard set.labels.count > 1 else {
      throw CommandFailure("\(data) has one label; a diagnosis compares at least two")
    }
    let clip = try model.load(
      decoder: pictures.decoder, conversionOrder: .convertFirst, batchSize: batchSize)
    var evaluation = try ZeroShotEvaluation(set)
    evaluation.ensemble = prompts.ensemble
    if let templates = prompts.templates { evaluation.prompts = try .named(templates) }
    let progress = Progress(
      "embedding", total: set.pictures.count, unit: "pictures", quiet: quiet)
    let embedded = try ZeroShotEvaluation.embed(set, clip) { progress.set(done: $0) }
    progress.finish()
    var skipped = SkippedPictures()
    skipped.add(embedded)
    let composition = CompositionSet()
    let diagnosis = try Diagnosis(
      evaluation, embedded, model: clip, composition: composition
    ) { step in
      if !quiet { StandardError.line("measuring: \(step)") }
    }
    let report = DiagnosisReport(diagnosis)
    if let output {
      let folder = URL(filePath: output)
      try report.write(to: folder)
      try composition.write(to: folder.appending(path: "composition"))
      StandardError.line("the report is \(folder.appending(path: "diagnosis.html").path)")
    }
    if json {
      print(String(decoding: try diagnosis.json(), as: UTF8.self))
    } else if output == nil {
      print(report.markdown)
    }
    try skipped.finish()
  }
}
