import ArgumentParser
import CLIPModels
import CLIPText
import Foundation

/// `cnclip classify`: which of several labels pictures show.
struct ClassifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Sort pictures by words that the model was never trained on.",
    discussion: """
      For each picture the labels are listed, best first, with three figures. 'among': the label's \
      share among the labels given; it sums to one, also where no label fits. 'alone': its share \
      against sentences about pictures in general, which is small where the label does not fit. \
      'cosine': how near it is; --min-score compares this one, and --min-score auto takes the value \
      that was measured for the model ('cnclip evaluate zeroshot' measures it).

      --sort-into makes a folder a label and links the pictures into it. Nothing that is there is \
      replaced or removed, and what is there already is not linked twice.

      Examples:
        cnclip classify photos/ --labels 猫,狗,鸟 --top 1
        cnclip classify photos/ --labels-file words.txt --min-score auto --sort-into sorted/
        cnclip classify dish.jpg --labels 饺子,面条 --templates food --json
      """)

  @Argument(help: "Pictures, or folders of pictures.")
  var images: [String]

  @OptionGroup var labels: LabelOptions
  @OptionGroup var prompts: PromptOptions

  @Option(help: "Show only so many labels of a picture.")
  var top: Int?

  @Option(
    help: ArgumentHelp(
      "Leave out labels with a smaller cosine; auto takes the model's measured value.",
      valueName: "cosine|auto"))
  var minScore: String?

  @Option(
    help: ArgumentHelp(
      "Put each picture into the folder of its best label in this folder.", valueName: "dir"))
  var sortInto: String?

  @Flag(help: "Copy pictures instead of linking them.")
  var copy = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Print JSON, one line a picture.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 and more.") }
    if copy, sortInto == nil { throw ValidationError("--copy needs --sort-into DIR.") }
    if let minScore, minScore != "auto" {
      guard let value = Float(minScore), (-1...1).contains(value) else {
        throw ValidationError("--min-score takes a cosine from -1 to 1, or auto.")
      }
    }
  }

  func run() async throws {
    let names = try labels.read()
    let templates = try PromptSet.named(prompts.templates ?? "general")
    let folders = try sortInto.map {
      try LabelFolders(URL(filePath: $0), labels: names, method: copy ? .copy : .link)
    }
    let listing = try PicturePaths(images)
    let paths = inputs(of: listing)
    let clip = try model.load(decoder: pictures.decoder)
    let minimum = try minimumScore(of: clip)
    let classifier = try ZeroShotClassifier(
      labels: names, prompts: templates, ensemble: prompts.ensemble, model: clip)
    let general = try BackgroundPrompts.bundled()
    let background = try clip.comparable(clip.tokenizer(general), of: general)
    let output = try ResultWriter(path: nil)
    let progress = Progress("classifying", total: paths.count, unit: "pictures", quiet: quiet)
    var skipped = SkippedPictures(listing.failures)
    var sorting = SortingReport()
    try clip.comparable(
      pictures: paths.map(PictureInput.init(path:)), warn: { skipped.warn(paths[$0], $1) },
      handle: { index, outcome in
        switch outcome {
        case .failure(let error): skipped.add(paths[index], error)
        case .success(let picture):
          let result = PictureLabels(
            image: paths[index], labels: names, scores: try classifier(picture)[0],
            background: try clip.scores(of: picture, with: background), scale: clip.logits)
          let shown = result.filtered(minimum: minimum, top: top)
          try output.line(json ? shown.json : shown.table(minimum: minimum))
          if let folders {
            try sorting.sort(paths[index], under: shown.best(in: names), into: folders)
          }
        }
        progress.advance()
      })
    progress.finish()
    try output.finish()
    if folders != nil { StandardError.line(sorting.sentence) }
    try skipped.finish()
  }

  /// The pictures; those that an earlier run sorted are results, no inputs.
  private func inputs(of listing: PicturePaths) -> [String] {
    let paths = listing.paths
    guard let sortInto else { return paths }
    let root = URL(filePath: sortInto).standardizedFileURL.path + "/"
    let inputs = paths.filter { !URL(filePath: $0).standardizedFileURL.path.hasPrefix(root) }
    if inputs.count < paths.count {
      StandardError.line(
        "\(paths.count - inputs.count) pictures lie in \(sortInto) itself and are left there")
    }
    return inputs
  }

  private func minimumScore(of clip: CLIP) throws -> Float? {
    guard let minScore else { return nil }
    guard minScore == "auto" else { return Float(minScore) }
    guard let suggestion = try SuggestedMinimumScore.of(fingerprint: clip.fingerprint) else {
      throw CommandFailure(
        "nobody has measured a --min-score for \(clip.name) (weights \(clip.fingerprint)): 'cnclip evaluate zeroshot --data DIR' "
          + "measures one on your pictures")
    }
    StandardError.line(
      "labels count from a cosine of \(suggestion.cosine) on (\(suggestion.measured))")
    return suggestion.cosine
  }
}

/// What became of the pictures that were sorted.
private struct SortingReport {
  private var placed = 0
  private var present = 0
  private var without = 0

  mutating func sort(_ path: String, under label: Int?, into folders: LabelFolders) throws {
    guard let label else {
      without += 1
      return
    }
    do {
      switch try folders.place(path, under: label) {
      case .placed: placed += 1
      case .present: present += 1
      }
    } catch {
      throw CommandFailure("cannot sort \(path): \(error.localizedDescription)")
    }
  }

  var sentence: String {
    var parts = ["sorted \(placed) \(placed == 1 ? "picture" : "pictures")"]
    if present > 0 { parts.append("\(present) were there already") }
    if without > 0 { parts.append("\(without) fit no label well enough and were not sorted") }
    return parts.joined(separator: "; ")
  }
}
