import ArgumentParser
import CLIPData
import CLIPEvaluation
import CLIPModels
import Foundation

/// `cnclip evaluate findings`.
struct EvaluateFindingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings",
    abstract: "Measure how well a model tells findings, of which a picture may have several.",
    discussion: """
      Reads a data set with {split}_labels.jsonl, as 'dataset findings' writes it. Each label's \
      sentences (--prompts) are compared with every picture; their mean, or the best one, is the \
      label's score. Reported are the area under the ROC curve of each label, the accuracy on pictures \
      with exactly one label, and the share of right pictures among the first K (precision at K), for \
      labels that ask for pictures and for pictures that ask for pictures.

      --train adds a supervised head on the network as it is: a logistic regression a label, on a share \
      of the labelled pictures, drawn anew for each seed, from what the image encoder pools before its \
      projection.

      A file of prompts has sentences, or words whose every combination is a sentence:
        {"form": "{location}{severity}{subtype}", "labels": {"Pneumonia": {"severity": ["", "轻度"], \
      "subtype": ["肺炎"], "location": ["右肺", "左肺"]}, "Pneumothorax": ["可见气胸"]}}

      Examples:
        cnclip evaluate findings --data chest --split test --model runs/medclip/best --prompts p.json
        cnclip evaluate findings --data chest --split test --train train --shares 0.01,0.1,1 --json
      """)

  @Option(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var data: String

  @Option(help: "The part of the data set that is asked.")
  var split = "test"

  @Option(help: ArgumentHelp("The labels, if not DIR/{split}_labels.jsonl.", valueName: "file"))
  var labels: String?

  @Option(help: "Labels to measure, with commas between; all if absent.")
  var only: String?

  @Option(help: ArgumentHelp("Sentences of the labels; their names if absent.", valueName: "file"))
  var prompts: String?

  @Option(help: "So many sentences of each label, drawn; all if absent.")
  var promptCount: Int?

  @Option(help: "The seed of that draw.")
  var promptSeed: UInt32 = 0

  @Option(help: "How sentences become one score: mean or maximum.")
  var promptScore = FindingsEvaluation.PromptScore.mean

  @Option(help: "At how many pictures precision is counted, with commas between.")
  var depths = "1,5,10"

  @Option(help: "A part with labels to learn a supervised head from.")
  var train: String?

  @Option(help: "Shares of its pictures, with commas between.")
  var shares = "0.01,0.1,1"

  @Option(help: "Seeds of the draws of shares, with commas between.")
  var seeds = "0,1,2"

  @Flag(help: "Leave pictures of which a label is not known out of its curve; else it is absent.")
  var leaveOutUnknown = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Option(help: "Inputs that go through the network at once.")
  var batchSize = 32

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    _ = try shareNumbers()
    _ = try seedNumbers()
    if promptCount.map({ $0 < 1 }) ?? false {
      throw ValidationError("--prompt-count takes 1 and more.")
    }
    if promptCount != nil, prompts == nil {
      throw ValidationError("--prompt-count draws from --prompts, which is missing.")
    }
  }

  func run() async throws {
    let set = try FindingsSplit(data, split: split, labels: labels, only: only)
    let sentences =
      try prompts.map {
        try FindingPrompts(
          contentsOf: URL(filePath: $0), names: set.names, count: promptCount, seed: promptSeed)
      } ?? FindingPrompts(names: set.names)
    let learning = try train.map { try FindingsSplit(data, split: $0, labels: nil, only: only) }
    if let learning, learning.names != set.names {
      throw CommandFailure("\(learning.file) has other labels than \(set.file)")
    }
    let depths = try Depths(depths).values
    let clip = try model.load(decoder: pictures.decoder, batchSize: batchSize)
    var skipped = SkippedPictures()
    let asked = try set.embed(clip, quiet: quiet, &skipped) {
      try clip.embed(pictures: $0, handle: $1)
    }
    let evaluation = try FindingsEvaluation(
      labels: set.names, pictures: asked, countsUnknownAsAbsent: !leaveOutUnknown)
    let scores = try evaluation.scores(
      sentences.sentences.map { try clip.embed(texts: $0) }, by: promptScore)
    var report = FindingsReport(labels: set.names)
    report.add("zero shot", [try evaluation.result(of: scores)])
    report.textToImage = depths.map { ($0, evaluation.textToImagePrecision(scores, at: $0)) }
    report.imageToImage = Array(zip(depths, try evaluation.imageToImagePrecision(at: depths)))
    if let learning {
      // What the encoder pools, before it is projected.
      let pooled = try FindingsEvaluation(
        labels: set.names,
        pictures: try set.embed(clip, quiet: quiet, &skipped) {
          try clip.pool(pictures: $0, handle: $1)
        }, countsUnknownAsAbsent: !leaveOutUnknown)
      let known = try learning.embed(clip, quiet: quiet, &skipped) {
        try clip.pool(pictures: $0, handle: $1)
      }
      for share in try shareNumbers() {
        report.add(
          "\(FindingsReport.percent(share)) of labels",
          try pooled.probe(known, share: share, seeds: seedNumbers()))
      }
    }
    print(json ? report.json : report.text)
    try skipped.finish()
  }

  private func shareNumbers() throws -> [Double] {
    let numbers = shares.split(separator: ",").map {
      Double($0.trimmingCharacters(in: .whitespaces)) ?? 0
    }
    guard !numbers.isEmpty, numbers.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
      throw ValidationError("--shares takes numbers above 0 up to 1, as in 0.01,0.1,1.")
    }
    return numbers
  }

  private func seedNumbers() throws -> [UInt32] {
    let numbers = seeds.split(separator: ",").map {
      UInt32($0.trimmingCharacters(in: .whitespaces))
    }
    guard !numbers.isEmpty, !numbers.contains(nil) else {
      throw ValidationError("--seeds takes whole numbers with commas between, as in 0,1,2.")
    }
    return numbers.compactMap(\.self)
  }
}

/// A part of a data set with what is known of its pictures.
private struct FindingsSplit {
  let names: [String]
  let file: String
  private let dataset: any PairDataset
  private let ids: [Int64]
  private let states: [[Float]]

  init(_ folder: String, split: String, labels: String?, only: String?) throws {
    dataset = try DatasetLocation.find(folder, split: split).open()
    let url =
      labels.map { URL(filePath: $0) }
      ?? URL(filePath: folder).appending(path: "\(split)_labels.jsonl")
    let numbers = try LabelNumbers(url)
    file = url.path
    guard let all = numbers.names else {
      throw CommandFailure(
        "\(url.path) does not name its labels: its first line must be {\"names\": […]}")
    }
    let wanted = only?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? all
    let places = try wanted.map { name in
      guard let place = all.firstIndex(of: name) else {
        throw CommandFailure(
          "\(url.path) has no label '\(name)'; it has \(all.joined(separator: ", "))")
      }
      return place
    }
    names = wanted
    ids = try dataset.imageIDs()
    states = try ids.map { id in
      guard let own = numbers.images[id] else {
        throw CommandFailure("\(url.path) has no labels of image_id \(id)")
      }
      return places.map { own[$0] }
    }
  }

  func embed(
    _ clip: CLIP, quiet: Bool, _ skipped: inout SkippedPictures,
    by run: ([PictureInput], (Int, Result<Embeddings.Row, any Error>) throws -> Void) throws -> Void
  ) throws -> KnownPictures {
    let progress = Progress("embedding", total: ids.count, unit: "pictures", quiet: quiet)
    var values: [Float] = []
    var known: [[Float]] = []
    let inputs = ids.map { id in
      PictureInput(name: "picture \(id)") { [dataset] in try dataset.imageData(for: id) }
    }
    try run(inputs) { index, outcome in
      switch outcome {
      case .success(let row):
        values += row
        known.append(states[index])
      case .failure(let error): skipped.add("picture \(ids[index])", error)
      }
      progress.set(done: index + 1)
    }
    progress.finish()
    guard !known.isEmpty else {
      throw CommandFailure("no picture of \(dataset.source) could be read")
    }
    return try KnownPictures(
      Embeddings(dimension: values.count / known.count, values: values), states: known)
  }
}
