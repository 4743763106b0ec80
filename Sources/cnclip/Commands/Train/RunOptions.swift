import ArgumentParser

/// What all training commands take.
struct RunOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("The run folder.", valueName: "dir"))
  var output: String

  @Flag(help: "Continue the run in the folder where it was interrupted, mid-epoch too.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Start this many workers on this machine; each takes a share of every batch.",
      valueName: "count"))
  var nproc = 1

  @Option(help: ArgumentHelp("Threads to compute with, for each worker.", valueName: "count"))
  var threads: Int?

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Flag(help: "Show warnings and the result alone.")
  var quiet = false

  func validate() throws {
    guard (1...1024).contains(nproc) else { throw ValidationError("--nproc must be 1 to 1024") }
  }
}
