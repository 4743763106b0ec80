import ArgumentParser
import CLIPData
import CLIPFetch
import Files
import Foundation
import Synchronization
import Threads

/// `cnclip dataset fetch`.
struct DatasetFetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Fetch the pictures of lists of addresses into shards to train from.",
    discussion: """
      Lists are CSV, TSV, JSON lines, plain lines or Parquet, also packed by gzip or zstd; a folder \
      stands for the lists in it. Shard 00000 becomes 00000.tar (KEY.jpg, KEY.json, KEY.txt), \
      00000.jsonl with a line for every row, and 00000_stats.json; sizes.json and index.json count \
      the samples. The names are img2dataset's; open_clip, webdataset, wids and 'cnclip train' read \
      them.

      Run the same command again after any end: it goes on with the next row. robots.txt and \
      X-Robots-Tag are obeyed, private addresses refused; proxies of the environment are not used. \
      Exit code 3 says that rows failed; each is named with its reason in the shard's .jsonl.

      Examples:
        cnclip dataset fetch wukong_100m_*.csv --output wukong --image-size 256
        cnclip dataset fetch laion.parquet --output laion --url-column URL --caption-column TEXT \\
          --columns similarity --part 3/8
        cnclip dataset fetch wukong_100m_*.csv --output wukong --retry-failed
      """)

  @Argument(help: "Lists, or folders of lists.")
  var lists: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder of the shards.", valueName: "dir"))
  var output: String

  @Option(help: "Column of the addresses: a name, or a number from 1; recognised if absent.")
  var urlColumn: String?

  @Option(help: "Column of the captions: a name, or a number from 1; recognised if absent.")
  var captionColumn: String?

  @Flag(help: "The lists have no captions.")
  var noCaptions = false

  @Option(parsing: .upToNextOption, help: "Further columns to keep in the JSON files.")
  var columns: [String] = []

  @Option(help: "How a table's fields are quoted: automatic, csv, none.")
  var quoting = TableQuoting.automatic

  @OptionGroup(title: "Pictures") var picture: FetchPictureOptions
  @OptionGroup(title: "Network") var network: FetchNetworkOptions

  @Option(help: "Rows of a list that one shard holds.")
  var rowsPerShard = 10_000

  @Option(
    name: [.customLong("part"), .customLong("shard")],
    help: ArgumentHelp(
      "Make one of several machines' share of the shards: 3/8 is the third of eight.",
      valueName: "i/n"))
  var part: String?

  @Flag(help: "Ask again for the rows that failed.")
  var retryFailed = false

  @Option(
    help: """
      Stop when of the last 1,000 rows a smaller share brought a picture; 0 never stops.
      """)
  var stopBelow = 0.1

  @Option(help: "Threads that decode pictures; one a core if absent.")
  var threads: Int?

  @Flag(help: "Print a summary as JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    _ = try share()
    guard (0...1).contains(stopBelow) else {
      throw ValidationError("--stop-below takes a share from 0 to 1.")
    }
    guard rowsPerShard > 0, rowsPerShard <= 10_000_000, threads ?? 1 > 0 else {
      throw ValidationError("--rows-per-shard and --threads take numbers of at least 1.")
    }
    guard !noCaptions || captionColumn == nil else {
      throw ValidationError("--no-captions and --caption-column contradict each other.")
    }
  }

  func run() async throws {
    var settings = FetchSettings(
      lists: try ListFile.all(lists), output: URL(filePath: output))
    let hasNoCaptions = noCaptions || settings.lists.allSatisfy { $0.form == .txt }
    settings.columns = ListColumns(
      address: urlColumn, caption: captionColumn, hasNoCaptions: hasNoCaptions, others: columns)
    settings.quoting = quoting
    settings.picture = picture.recipe
    settings.network = network.settings
    settings.rowsPerShard = rowsPerShard
    (settings.part, settings.parts) = try share()
    settings.retriesFailed = retryFailed
    settings.stopBelow = stopBelow
    settings.threads = threads ?? settings.threads
    let (result, isComplete) = try await fetch(settings)
    print(json ? Self.json(result, isComplete) : Self.text(result, isComplete))
    guard isComplete else { throw Interruption.exitCode }
    if result.failures > 0 {
      StandardError.line(
        "skipped: \(result.failures) rows, each named with its reason in \(output)/*.jsonl")
      throw ExitCode.someInputsSkipped
    }
  }

  private func fetch(
    _ settings: FetchSettings
  ) async throws -> (progress: FetchProgress, isComplete: Bool) {
    let progress = Progress("fetching", total: nil, unit: "rows", quiet: quiet)
    let thread = DedicatedThreads(serial: "cnclip.fetch")
    let result = try await Interruption.cancelling {
      let stop = StopFlag()
      return try await withTaskCancellationHandler {
        try await thread.run {
          try DatasetFetch(settings).run { state in
            progress.set(
              done: state.doneNow, total: state.total.map { $0 - state.done + state.doneNow },
              note: Self.note(state))
          } isStopped: {
            stop.isSet
          }
        }
      } onCancel: {
        stop.set()
      }
    }
    progress.finish()
    return result
  }

  /// `3/8` as a number from 0 and a count.
  private func share() throws -> (Int, Int) {
    guard let part else { return (0, 1) }
    let numbers = part.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count >= 1,
      (1...count).contains(index)
    else { throw ValidationError("--part takes i/n with i from 1 to n, as in 3/8.") }
    return (index - 1, count)
  }

  private static func percent(_ state: FetchProgress) -> String {
    guard state.done > 0 else { return "none yet" }
    return String(format: "%.1f %%", 100 * Double(state.successes) / Double(state.done))
  }

  private static func note(_ state: FetchProgress) -> String {
    let causes = state.topCauses(3)
    return "\(percent(state)) came, \(state.transfers) open, \(state.lookups) names asked"
      + (causes.isEmpty ? "" : "; \(causes)")
  }

  private static func text(_ state: FetchProgress, _ isComplete: Bool) -> String {
    var table = Table([.left, .right])
    table.add("rows", "\(state.done)")
    table.add("pictures", "\(state.successes) (\(percent(state)))")
    table.add("complete shards", "\(state.shards)")
    table.add("fetched now", String(format: "%.1f MiB", Double(state.bytes) / 0x1p20))
    table.add("names looked up now", "\(state.lookups)")
    for (words, count) in state.causes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      table.add(words, "\(count)")
    }
    return table.text + (isComplete ? "" : "\nstopped; the same command goes on from here")
  }

  private static func json(_ state: FetchProgress, _ isComplete: Bool) -> String {
    let causes = state.causes.sorted { $0.key < $1.key }
      .map { "\(PythonJSON.string($0.key)): \($0.value)" }
    return """
      {"complete": \(isComplete), "rows": \(state.done), "successes": \(state.successes), \
      "failures": \(state.failures), "rows_now": \(state.doneNow), \
      "successes_now": \(state.successesNow), "bytes_now": \(state.bytes), \
      "lookups_now": \(state.lookups), "shards": \(state.shards), \
      "causes": {\(causes.joined(separator: ", "))}}
      """
  }
}

/// Says once that there is no more to be done.
private final class StopFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
