import ArgumentParser
import CLIPEvaluation
import CLIPImages
import CLIPModels
import Foundation

/// `cnclip evaluate probe`.
struct EvaluateProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Measure what a model's vectors are worth when labelled pictures are there.",
    discussion: """
      The model stays as it is. From the vectors of DIR/train/<class>/… the labels of \
      DIR/test/<class>/… are told by the nearest pictures (k-NN) and by logistic regression, the \
      regularisation chosen on DIR/valid/<class>/… or, where there is none, on a fifth of the training \
      pictures. --shots learns from so many pictures of each label, drawn anew for each seed, as \
      ELEVATER does. Zero shot stands beside them, for comparison.

      Examples:
        cnclip evaluate probe --data fruits --json
        cnclip evaluate probe --data eurosat_clip --shots 5,20 --seeds 0,1,2 --files results/
      """)

  @Option(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var data: String

  @Option(help: "The data set's name in ELEVATER, if it is not the folder's.")
  var dataset: String?

  @Option(help: "Neighbours that k-NN asks.")
  var neighbors = 10

  @Option(help: "Pictures of each label to learn from, with commas between: 1,5,20.")
  var shots: String?

  @Option(help: "Seeds of the draws, with commas between.")
  var seeds = "0,1,2"

  @Option(help: "The data set's figure: accuracy, mean-per-class, 11point-map or roc-auc.")
  var metric: ClassificationMetric?

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Option(
    help: ArgumentHelp(
      "Write the predictions of the regression, and of few shots over all seeds, in the original's "
        + "format.", valueName: "dir"))
  var files: String?

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    _ = try (shotCounts(), seedNumbers())
    guard neighbors > 0 else { throw ValidationError("--neighbors takes 1 and more.") }
  }

  func run() async throws {
    let root = URL(filePath: data)
    let test = try ClassFolders(root, name: dataset)
    let train = try ClassFolders(root, split: "train", name: dataset, like: test)
    let hasValid = FileManager.default.fileExists(atPath: root.appending(path: "valid").path)
    let valid =
      hasValid && test.directory.lastPathComponent != "valid"
      ? try ClassFolders(root, split: "valid", name: dataset, like: test) : nil
    let untaught = train.emptyLabels.map { test.labels[$0] }
    if !untaught.isEmpty {
      StandardError.line(
        "no pictures to learn from for \(untaught.joined(separator: ", ")): these are never given")
    }
    let clip = try model.load(
      decoder: pictures.decoder, conversionOrder: .convertFirst, batchSize: batchSize)
    var skipped = SkippedPictures()
    func embed(_ set: ClassFolders) throws -> EmbeddedPictures {
      let progress = Progress(
        "embedding \(set.directory.lastPathComponent)", total: set.pictures.count,
        unit: "pictures", quiet: quiet)
      let embedded = try ZeroShotEvaluation.embed(set, clip) { progress.set(done: $0) }
      progress.finish()
      skipped.add(embedded)
      return embedded
    }
    let asked = try embed(test)
    let evaluation = ProbeEvaluation(
      train: try embed(train).labelled, valid: try valid.map { try embed($0).labelled },
      test: asked.labelled, labelCount: test.labels.count,
      metric: metric ?? .elevater(for: test.name))
    let zeroShot = try ZeroShotEvaluation(test).score(asked, clip)
    var results = [
      ProbeEvaluation.Result(
        method: "zero shot", detail: "templates '\(zeroShot.prompts.name)'",
        scores: [zeroShot.probabilities])
    ]
    results.append(try evaluation.neighbors(neighbors))
    let linear = try evaluation.linear()
    results.append(linear)
    try write(linear, shots: -1, seeds: [0], of: test, clip, asked)
    for count in try shotCounts() {
      let result = try evaluation.fewShots(count, seeds: seedNumbers())
      results.append(result)
      try write(result, shots: count, seeds: seedNumbers().map(Int.init), of: test, clip, asked)
    }
    print(
      json
        ? try evaluation.json(results, dataset: test.name)
        : try table(results, evaluation.metric, test))
    try skipped.finish()
  }

  private func write(
    _ result: ProbeEvaluation.Result, shots: Int, seeds: [Int], of set: ClassFolders, _ clip: CLIP,
    _ asked: EmbeddedPictures
  ) throws {
    guard let files else { return }
    guard asked.unreadable.isEmpty else {
      throw CommandFailure(
        "\(asked.unreadable.count) pictures of \(set.name) could not be read, see above; predictions "
          + "without them would be shifted, so none were written")
    }
    var file = PredictionsFile(result.scores[0], of: clip, dataset: set.name)
    file.predictions = result.scores
    file.seeds = seeds
    file.shotCount = shots
    file.trainableParameterCount = set.labels.count * (clip.embeddingDimension + 1)
    let name = shots < 0 ? "\(set.name)-linear.json" : "\(set.name)-\(shots)shot.json"
    try file.write(to: URL(filePath: files).appending(path: name))
  }

  private func table(
    _ results: [ProbeEvaluation.Result], _ metric: ClassificationMetric, _ set: ClassFolders
  ) throws -> String {
    var table = Table([.left, .right, .right, .left])
    table.add("", "top 1", metric == .accuracy ? "" : metric.rawValue, "")
    for result in results {
      let top1 = Spread(result.scores.map { $0.topAccuracy(1) })
      let own = Spread(try result.scores.map { try metric.value(of: $0) })
      table.add(
        result.method, top1.percent, metric == .accuracy ? "" : own.percent, result.detail)
    }
    return "\(set.name): \(set.labels.count) labels\n\(table.text)"
  }

  private func shotCounts() throws -> [Int] {
    try shots.map { try Self.numbers($0, "--shots", atLeast: 1) } ?? []
  }

  private func seedNumbers() throws -> [UInt32] {
    try Self.numbers(seeds, "--seeds", atLeast: 0).map(UInt32.init)
  }

  private static func numbers(_ text: String, _ option: String, atLeast least: Int) throws -> [Int]
  {
    let values = text.split(separator: ",").map {
      Int($0.trimmingCharacters(in: .whitespaces)) ?? -1
    }
    guard !values.isEmpty, values.allSatisfy({ (least...1_000_000).contains($0) }),
      Set(values).count == values.count
    else {
      throw ValidationError("\(option) takes different numbers with commas between, as in 1,5,20.")
    }
    return values
  }
}

extension Spread {
  /// `61.20 %`, or with its deviation `61.20 ± 0.40 %`.
  fileprivate var percent: String {
    count == 1
      ? String(format: "%.2f %%", 100 * mean)
      : String(format: "%.2f ± %.2f %%", 100 * mean, 100 * deviation)
  }
}
