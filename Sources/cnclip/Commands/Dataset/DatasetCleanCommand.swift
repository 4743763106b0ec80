import ArgumentParser
import CLIPCleaning
import CLIPModels
import Files
import Foundation
import Synchronization

/// `cnclip dataset clean`.
struct DatasetCleanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Filter and deduplicate pairs by a recipe; every row left out says why.",
    discussion: """
      Takes data sets (TSV with JSON lines, LMDB), tar shards, folders, tables of paths, and lists of \
      texts (.txt, .jsonl, .csv or .tsv with a column of captions), and writes them in the same form: \
      shards as shards, lists as lists, everything else as {split}_imgs.tsv and {split}_texts.jsonl. \
      Beside them: dropped.jsonl (a line for each row left out: step, reason, measured value), \
      report.json, and report.html with each step's yield and examples to look at.

      A recipe is a list of steps in JSON; chinese-clip, align, filip, wukong and danqing come with \
      the program: print one with --print-recipe, change it, and give the file. Steps that lack what \
      they need (a model, a list of words, test sets, pictures) are named and not applied.

      It may be ended at any moment: the same command goes on where it stopped.

      Examples:
        cnclip dataset clean 'shards/{00000..00127}.tar' --recipe wukong --output clean
        cnclip dataset clean data --split train --recipe danqing --model ViT-L-14 \\
          --against coco-cn:test --blocked-words words.txt --output clean
        cnclip dataset clean wukong_100m_*.csv --recipe chinese-clip --output lists
        cnclip dataset clean --recipe danqing --print-recipe > mine.json
      """)

  @Argument(
    help: ArgumentHelp(
      "Data sets, tar shards or patterns of them, folders, tables, lists of texts.",
      valueName: "input"))
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp(
      "A recipe's file, or one of \(CleaningRecipe.shipped.joined(separator: ", ")).",
      valueName: "name|file"))
  var recipe: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "dir"))
  var output: String?

  @Option(help: "The part of data sets, and the beginning of the names of files written.")
  var split = "train"

  @Option(
    help: ArgumentHelp(
      "Words that no text may hold, one a line, for the step blocked_words.", valueName: "file"))
  var blockedWords: String?

  @Option(
    help: ArgumentHelp(
      "Names of persons, one a line, for the step replace_names.", valueName: "file"))
  var names: String?

  @Option(
    help: ArgumentHelp("Concepts, one a line, for the step balance.", valueName: "file"))
  var concepts: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      Test sets that no picture may be in, for the step contamination: folders of pictures, shards, \
      data sets, or one split of one as DIR:SPLIT.
      """, valueName: "set"))
  var against: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep what is measured of pictures, and their vectors, here for the next recipe.",
      valueName: "dir"))
  var cache: String?

  @Option(help: "Examples of each step in the report.")
  var examples = 24

  @OptionGroup var model: ModelOptions

  @Flag(help: "Print the recipe and do nothing.")
  var printRecipe = false

  @Flag(help: "Leave out lines of data sets that cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Replace a result that is there, or begin anew what was interrupted.")
  var overwrite = false

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard !printRecipe else { return }
    if inputs.isEmpty { throw ValidationError("Name what is to be cleaned.") }
    if output == nil { throw ValidationError("Say where to write, with --output DIR.") }
    guard (0...200).contains(examples) else {
      throw ValidationError("--examples takes 0 to 200.")
    }
  }

  func run() async throws {
    let recipe = try CleaningRecipe.find(self.recipe)
    if printRecipe {
      print(
        String(decoding: try CleaningRecipe.json(self.recipe), as: UTF8.self)
          .trimmingCharacters(in: .newlines))
      return
    }
    let stages = Stages(quiet: quiet)
    let cleaning = try Cleaning(
      inputs, recipe: recipe, options: options(recipe, stages), skipsBroken: skipBroken)
    for step in cleaning.omittedSteps {
      StandardError.line("not applied: \(step.name): \(step.reason)")
    }
    let report = try await Interruption.cancelling { try cleaning.run() }
    stages.finish()
    print(json ? String(decoding: try report.json(), as: UTF8.self) : text(of: report))
    guard report.kept > 0 else {
      throw CommandFailure("no row stays; \(output ?? "")/report.html shows why")
    }
    for problem in report.problems.prefix(20) { StandardError.line("skipped: \(problem)") }
    if report.problems.count > 20 {
      StandardError.line("… and \(report.problems.count - 20) more, see dropped.jsonl")
    }
    if !report.problems.isEmpty { throw ExitCode.someInputsSkipped }
  }

  private func options(_ recipe: CleaningRecipe, _ stages: Stages) throws -> CleaningOptions {
    var options = CleaningOptions(output: URL(filePath: output ?? ""))
    options.split = split
    options.blockedWords = try blockedWords.map { try TextLines(path: $0).words }
    options.names = try names.map { try TextLines(path: $0).words } ?? []
    options.concepts = try concepts.map { try TextLines(path: $0).words }
    options.against = against
    options.cache = cache.map { URL(filePath: $0) }
    options.overwrites = overwrite
    options.exampleCount = examples
    options.progress = { stages.show($0, $1, $2) }
    if let name = model.named.model {
      if let expected = recipe.model, expected != name {
        StandardError.line(
          "warning: \(recipe.name)'s thresholds are meant for \(expected), not for \(name).")
      }
      let model = model
      options.model = { try model.load() }
      options.modelName = [name, model.named.checkpoint ?? ""].joined(separator: " ")
    }
    let given = [
      ("--blocked-words", blockedWords != nil, "blocked_words"),
      ("--names", names != nil, "replace_names"), ("--concepts", concepts != nil, "balance"),
      ("--against", !against.isEmpty, "contamination"),
    ]
    for (option, isGiven, step) in given
    where isGiven && !recipe.steps.contains(where: { $0.name == step }) {
      throw CommandFailure("\(option) is for the step \(step), which \(recipe.name) does not have")
    }
    if model.named.model == nil, model.named.checkpoint != nil {
      throw CommandFailure("--checkpoint is the weights of a --model, which is not named")
    }
    if model.named.model != nil, !recipe.usesModel {
      throw CommandFailure("--model is for steps with scores, of which \(recipe.name) has none")
    }
    return options
  }

  private func text(of report: CleaningReport) -> String {
    var table = Table([.right, .left, .right, .right, .right])
    table.add("", "step", "dropped", "left", "changed")
    for step in report.steps {
      let isApplied = step.omitted == nil
      table.add(
        "\(step.number)", step.name, isApplied ? "\(step.dropped)" : "not applied",
        isApplied ? "\(step.rowsBefore - step.dropped)" : "",
        step.changed > 0 ? "\(step.changed)" : "")
    }
    let pictures = report.output.pictures > 0 ? ", \(report.output.pictures) pictures" : ""
    return """
      \(table.text)
      \(report.kept) of \(report.rows) rows stay\(pictures); see \
      \((output ?? "").showingControls)/report.html
      """
  }
}

/// A bar for each stage of a long work, the next when the stage changes.
final class Stages: Sendable {
  private let isQuiet: Bool
  private let current: Mutex<(stage: String, bar: Progress)?> = Mutex(nil)

  init(quiet: Bool) {
    isQuiet = quiet
  }

  /// Shows how far a stage is.
  func show(_ stage: String, _ done: Int, _ total: Int) {
    current.withLock { current in
      if current?.stage != stage {
        current?.bar.finish()
        let unit = stage == "pictures" || stage == "embedding" ? "pictures" : "parts"
        current = (stage, Progress(stage, total: total, unit: unit, quiet: isQuiet))
      }
      current?.bar.set(done: done, total: total)
    }
  }

  /// Ends the last stage.
  func finish() { current.withLock { $0?.bar.finish() } }
}
