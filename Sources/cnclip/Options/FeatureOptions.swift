import ArgumentParser

/// The options of commands that write vectors.
struct FeatureOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write: JSON lines, or a matrix if the name ends in .npy; by default standard output.",
      valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Inputs that go through the network at once.", valueName: "count"))
  var batchSize: Int?

  @Flag(help: "Leave the vectors' lengths as the network makes them.")
  var noNormalize = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard batchSize.map({ (1...4096).contains($0) }) ?? true else {
      throw ValidationError("--batch-size takes a number from 1 to 4096.")
    }
  }
}
