import ArgumentParser
import CLIPSearch
import Foundation

/// `cnclip library benchmark`: measures the vector engine alone; `Benchmarks/vector-engines` puts
/// other engines beside it.
struct LibraryBenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure the exact search on vectors of your own.",
    discussion: """
      Prints JSON: milliseconds of each query alone and of batches, bytes held, and the numbers of \
      the rows found.

      Example: cnclip library benchmark base.npy queries.npy -k 10
      """,
    shouldDisplay: false)

  @Argument(help: "The vectors, a .npy matrix.")
  var base: String

  @Argument(help: "The queries, a .npy matrix.")
  var queries: String

  @Option(name: [.customShort("k"), .long], help: "How many of the best.")
  var limit = 10

  @Option(help: "Queries of a batch.")
  var batch = 64

  @Option(help: "How often everything is measured.")
  var repeats = 1

  func run() async throws {
    let report = try VectorBenchmark(base: base, queries: queries, limit: limit, batch: batch)
      .run(repeats: repeats)
    print(String(decoding: try JSONEncoder.forResults.encode(report), as: UTF8.self))
  }
}
