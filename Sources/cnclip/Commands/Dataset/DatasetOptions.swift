import ArgumentParser
import CLIPData

/// The options that name a data set.
struct DatasetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The folder of the data set; or tar shards, as in 'shards/{000..127}.tar'.",
      valueName: "dir"))
  var directory: String

  @Option(help: "The part of the data set: the beginning of its files' names.")
  var split = "train"

  /// Finds the data set.
  func location() throws -> DatasetLocation { try DatasetLocation.find(directory, split: split) }
}
