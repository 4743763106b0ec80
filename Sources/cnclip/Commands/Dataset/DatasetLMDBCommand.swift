import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset lmdb`.
struct DatasetLMDBCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lmdb",
    abstract: "Write LMDB environments that the original's training reads.",
    discussion: """
      This program reads TSV and JSON lines as they are and needs no LMDB. The environments are \
      those of the original's build_lmdb_dataset.py, but for their size on small disks: the map \
      grows with the data instead of claiming 1 TiB.

      Example: cnclip dataset lmdb data --splits train,valid
      """)

  @Argument(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var directory: String

  @Option(help: "The parts to write, with commas between.")
  var splits = "train"

  @Option(help: ArgumentHelp("Where to write; lmdb in the data set's folder.", valueName: "dir"))
  var output: String?

  @Flag(help: "Replace environments that are there.")
  var overwrite = false

  @Flag(help: "Leave out what cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func run() async throws {
    let target =
      output.map { URL(filePath: $0) } ?? URL(filePath: directory).appending(path: "lmdb")
    var datasets: [any PairDataset] = []
    for split in splits.split(separator: ",").map(String.init) {
      let dataset = try DatasetLocation.find(directory, split: split)
        .open(policy: skipBroken ? .skip : .fail)
      datasets.append(dataset)
      let progress = Progress("writing \(split)", total: nil, unit: "entries", quiet: quiet)
      let place = target.appending(path: split)
      try LMDBDatasetWriter.write(dataset, to: place, overwrite: overwrite) {
        progress.set(done: $0, total: $1)
      }
      progress.finish()
      let images = try dataset.imageIDs().count
      print("\(place.path.showingControls): \(images) pictures, \(dataset.pairCount) pairs")
    }
    try SkippedSamples(datasets).finish()
  }
}
