import ArgumentParser
import CLIPData
import Files
import Foundation

/// `cnclip dataset classes`.
struct DatasetClassesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classes",
    abstract: "Turn pairs into class folders, to measure and teach classification with them.",
    discussion: """
      The first caption of a picture becomes its label. Writes DIR/label_cn.txt and \
      DIR/<split>/<class>/…, which 'evaluate zeroshot', 'evaluate probe' and 'diagnose' read. All \
      splits share the labels; those without a picture in a split have an empty folder there.

      Example:
        cnclip dataset classes emoji-cn --splits train,test --output emoji
        cnclip evaluate zeroshot --data emoji
      """)

  @Argument(help: ArgumentHelp("The folder of the data set.", valueName: "dir"))
  var directory: String

  @Option(help: "The parts to read, with commas between.")
  var splits = "test"

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "dir"))
  var output: String

  @Flag(help: "Leave out what cannot be read instead of stopping.")
  var skipBroken = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    let names = splits.split(separator: ",")
    guard !names.isEmpty, Set(names).count == names.count else {
      throw ValidationError("--splits takes names with commas between, each once: train,test.")
    }
  }

  func run() async throws {
    let sources = try splits.split(separator: ",").map(String.init).map { split in
      let location = try DatasetLocation.find(directory, split: split)
      return (split: split, dataset: try location.open(policy: skipBroken ? .skip : .fail))
    }
    let writer = try ClassFolderWriter(sources)
    guard !writer.labels.isEmpty else {
      throw CommandFailure("no picture of \(directory) has a caption, so there are no labels")
    }
    let progress = Progress("writing", total: nil, unit: "pictures", quiet: quiet)
    let parts = try writer.write(to: URL(filePath: output)) { progress.set(done: $0, total: $1) }
    progress.finish()
    for part in parts {
      print(
        "\(part.split): \(part.pictures) pictures, \(part.labels) of \(writer.labels.count) labels"
          .showingControls)
    }
    var skipped = SkippedSamples(sources.map(\.dataset))
    for part in parts {
      for id in part.withoutCaption { skipped.add("picture \(id) of \(part.split) has no caption") }
      for id in part.notPictures { skipped.add("picture \(id) of \(part.split) is no picture") }
    }
    try skipped.finish()
  }
}
