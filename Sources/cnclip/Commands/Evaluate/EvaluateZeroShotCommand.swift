import ArgumentParser
import CLIPCharts
import CLIPEvaluation
import CLIPImages
import CLIPModels
import Foundation

/// `cnclip evaluate zeroshot`.
struct EvaluateZeroShotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zeroshot",
    abstract:
      "Measure how well a model names the pictures of data sets that it was not trained on.",
    discussion: """
      Reads the original's layout, DIR/label_cn.txt and DIR/test/<class>/…, or ImageNet's, \
      DIR/val/<class>/…: the class folders in lexicographic order are the lines of the label file. \
      The templates suit the data set's name (eurosat_clip: satellite), and so does the figure by \
      which ELEVATER judges it: accuracy, mean per class, 11-point mAP or ROC AUC. Pictures become \
      RGB before they are resized, as torchvision reads them, and cosines are multiplied by 100, as \
      in the original.

      'min score' is the cosine from which on a label is to be believed: it parts right labels from \
      those that win where the right one is taken away.

      --files writes <data set>.json with the original's keys, shapes and rounding, in the order of \
      DIR/index.json if there is one; --submission packs several data sets for ELEVATER.

      Examples:
        cnclip evaluate zeroshot --data fruits --json
        cnclip evaluate zeroshot --data eurosat_clip --data food-101 --model ViT-B-16 \\
          --submission all_predictions.zip
        cnclip evaluate zeroshot --data fruits --confusion confusion.svg
      """)

  @Option(help: ArgumentHelp("A data set; may be given several times.", valueName: "dir"))
  var data: [String]

  @Option(help: "The folder of the class folders; test, val, valid or DIR itself by default.")
  var split: String?

  @Option(help: ArgumentHelp("The labels, if not DIR/label_cn.txt.", valueName: "file"))
  var labelsFile: String?

  @Option(help: "The data set's name in ELEVATER, if it is not the folder's.")
  var dataset: String?

  @OptionGroup var prompts: PromptOptions

  @Option(help: "The data set's figure: accuracy, mean-per-class, 11point-map or roc-auc.")
  var metric: ClassificationMetric?

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Option(
    help: ArgumentHelp(
      "Write predictions in the original's format and under its name.", valueName: "dir"))
  var files: String?

  @Option(
    help: ArgumentHelp("The order of the predictions, if not DIR/index.json.", valueName: "file"))
  var index: String?

  @Option(help: ArgumentHelp("Pack the predictions for ELEVATER.", valueName: "file"))
  var submission: String?

  @Option(help: ArgumentHelp("Draw the confusion matrix as an SVG picture.", valueName: "file"))
  var confusion: String?

  @Flag(
    help: """
      Bring each label's scores to mean 0 and deviation 1 over all pictures first, as GLoRIA's code \
      does: a picture's label then depends on the other pictures.
      """)
  var transductive = false

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Print JSON, one line a data set.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    let single = [
      ("--labels-file", labelsFile), ("--dataset", dataset), ("--index", index),
      ("--confusion", confusion),
    ]
    for (name, value) in single where data.count > 1 && value != nil {
      throw ValidationError("\(name) is for one data set; run it for each.")
    }
    if index != nil, files == nil, submission == nil {
      throw ValidationError("--index orders predictions: it needs --files or --submission.")
    }
  }

  func run() async throws {
    let sets = try data.map {
      try ClassFolders(
        URL(filePath: $0), split: split, labelFile: labelsFile.map { URL(filePath: $0) },
        name: dataset)
    }
    for set in sets { report(set) }
    let clip = try model.load(
      decoder: pictures.decoder, conversionOrder: .convertFirst, batchSize: batchSize)
    let place = try PredictionsPlace(files: files, submission: submission)
    var skipped = SkippedPictures()
    for set in sets {
      var evaluation = try ZeroShotEvaluation(set)
      evaluation.ensemble = prompts.ensemble
      evaluation.isTransductive = transductive
      if let templates = prompts.templates { evaluation.prompts = try .named(templates) }
      let progress = Progress(
        "embedding \(set.name)", total: set.pictures.count, unit: "pictures", quiet: quiet)
      let (result, embedded) = try evaluation.measure(clip) { progress.set(done: $0) }
      progress.finish()
      skipped.add(embedded)
      print(json ? try result.json(dataset: set.name, metric: metric) : try table(result, set))
      if let confusion { try draw(result, set, to: confusion) }
      var predictions = PredictionsFile(result.probabilities, of: clip, dataset: set.name)
      predictions.modelName =
        "CN-CLIP-" + (model.named.visionModel ?? String(clip.name.prefix { $0 != "@" }))
      try place.write(predictions, unreadable: embedded.unreadable.count) {
        try order(of: set, count: embedded.labels.count)
      }
    }
    try place.pack()
    try skipped.finish()
  }

  /// How many labels without pictures are named before they are counted only.
  private static let namedLabels = 20

  /// What the folders hold besides readable classes.
  private func report(_ set: ClassFolders) {
    for label in set.emptyLabels.prefix(Self.namedLabels) {
      StandardError.line(
        "\(set.name): the folder '\(set.folders[label])' of the label '\(set.labels[label])' holds "
          + "no pictures")
    }
    if set.emptyLabels.count > Self.namedLabels {
      StandardError.line(
        "\(set.name): \(set.emptyLabels.count) labels in all have no pictures")
    }
    if let first = set.otherFiles.first {
      StandardError.line(
        "\(set.name): \(set.otherFiles.count) files are no pictures by their names and were left "
          + "out, the first is \(first)")
    }
  }

  private func order(of set: ClassFolders, count: Int) throws -> [Int]? {
    let file = index.map { URL(filePath: $0) } ?? set.root.appending(path: "index.json")
    guard index != nil || FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try PredictionsFile.order(in: file, count: count)
  }

  private func draw(_ result: ZeroShotResult, _ set: ClassFolders, to path: String) throws {
    let matrix = result.confusion
    let chart = MatrixChart(
      title: "\(set.name): top 1 \(String(format: "%.1f %%", 100 * result.top1))",
      axes: (rows: "right label", columns: "given label"), labels: set.labels
    ) { matrix[$0, $1] }
    let output = try ResultWriter(path: path)
    try output.write(Data(chart.svg.utf8))
    try output.finish()
  }

  private func table(_ result: ZeroShotResult, _ set: ClassFolders) throws -> String {
    func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
    let metric = metric ?? result.metric
    var table = Table([.left, .right, .left])
    table.add("top 1", percent(result.top1), "")
    table.add("top 5", percent(result.top5), "")
    table.add("mean per class", percent(result.confusion.meanPerClass), "")
    table.add(metric.rawValue, percent(try result.value(metric)), "the data set's own figure")
    if let minimum = result.minimumScore {
      table.add(
        "min score", String(format: "%.3f", minimum.cosine),
        "keeps \(percent(minimum.kept)) of right labels, refuses \(percent(minimum.refused)) of "
          + "wrong ones")
    }
    let confused = result.confusion.confusions(3).map {
      "\(set.labels[$0.right]) → \(set.labels[$0.given]) (\($0.count))"
    }
    return """
      \(set.name): \(result.probabilities.pictureCount) pictures, \(set.labels.count) labels, \
      templates '\(result.prompts.name)' (\(result.prompts.templates.count))
      \(table.text)\(confused.isEmpty ? "" : "\nmost confused: " + confused.joined(separator: ", "))
      """
  }
}

/// Where predictions are written, and what was.
private final class PredictionsPlace {
  private let folder: URL?
  private let submission: URL?
  private let temporary: URL?
  private var written: [URL] = []

  init(files: String?, submission: String?) throws {
    self.submission = submission.map { URL(filePath: $0) }
    guard files == nil, submission != nil else {
      folder = files.map { URL(filePath: $0) }
      temporary = nil
      return
    }
    let place = FileManager.default.temporaryDirectory.appending(path: "cnclip-\(UUID())")
    (folder, temporary) = (place, place)
  }

  deinit {
    if let temporary { try? FileManager.default.removeItem(at: temporary) }
  }

  func write(
    _ predictions: PredictionsFile, unreadable: Int, order: () throws -> [Int]?
  ) throws {
    guard let folder else { return }
    let name = predictions.datasetName
    guard unreadable == 0 else {
      throw CommandFailure(
        "\(unreadable) pictures of \(name) could not be read, see above; predictions without "
          + "them would be shifted, so none were written")
    }
    let file = folder.appending(path: "\(name).json")
    guard !written.contains(file) else {
      throw CommandFailure("two data sets are called '\(name)'; their files would be the same")
    }
    try predictions.write(to: file, order: order())
    written.append(file)
  }

  func pack() throws {
    guard let submission else { return }
    try SubmissionPackage.write(written, to: submission)
  }
}
