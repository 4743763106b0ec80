import ArgumentParser
import CLIPData
import CLIPEvaluation
import CLIPModels
import Foundation
import Torch

/// `cnclip evaluate alignment`.
struct EvaluateAlignmentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alignment",
    abstract: "Measure which word a model sees in which place of pictures of several things.",
    discussion: """
      Reads {split}_imgs.tsv and {split}_tiles.jsonl, as Scripts/make-mosaics.py writes them: for each \
      picture its caption, and which part of the picture each name in it belongs to. A place counts \
      as right when, of all the names, the one that fits it best (see 'cnclip explain') is its own \
      part's. Chance is what names drawn at random would get.

      Example:
        cnclip evaluate alignment --data data/emoji-mosaics --split test --model runs/filip/best
      """)

  @Option(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var data: String

  @Option(help: "The part of the data set.")
  var split = "test"

  @OptionGroup var model: ModelSourceOptions

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device = "auto"

  @Option(help: ArgumentHelp("Threads to compute with.", valueName: "count"))
  var threads: Int?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let tiles = URL(filePath: data).appending(path: "\(split)_tiles.jsonl")
    let evaluation = try AlignmentEvaluation(
      DatasetLocation.find(data, split: split).open(policy: .fail),
      pictures: TiledPicture.read(tiles))
    if let threads { LibTorch.threads = threads }
    LibTorch.flushDenormals()
    DeviceFallback.warn(device)
    let explainer = try Explainer(model.open(), device: Device(named: device))
    let progress = Progress("looking", total: nil, unit: "pictures", quiet: quiet)
    let result = try evaluation.run(explainer) { progress.set(done: $0, total: $1) }
    progress.finish()
    guard json else {
      print(
        String(
          format: "%.2f %% of %d places in %d pictures; chance %.2f %%", 100 * result.accuracy,
          result.places, result.pictures, 100 * result.chance))
      return print("method: \(result.method.rawValue)")
    }
    print(String(decoding: try JSONEncoder.forResults.encode(result), as: UTF8.self))
  }
}
