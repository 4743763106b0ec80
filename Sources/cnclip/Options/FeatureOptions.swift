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

  @Flag(
    help: """
      Of a model that compares tokens (FILIP, GLoRIA): write those, of unit length where the model \
      compares them so. --output NAME.npy gets a row a token; NAME.jsonl says for each input which \
      rows are its own, {"first": 0, "count": 49}.
      """)
  var tokens = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard batchSize.map({ (1...4096).contains($0) }) ?? true else {
      throw ValidationError("--batch-size takes a number from 1 to 4096.")
    }
    if tokens {
      guard output?.hasSuffix(".npy") == true else {
        throw ValidationError("--tokens needs --output NAME.npy.")
      }
      guard !noNormalize else {
        throw ValidationError(
          "--tokens writes tokens as the model compares them: leave --no-normalize.")
      }
    }
  }
}
