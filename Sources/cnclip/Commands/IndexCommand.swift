import ArgumentParser
import CLIPSearch
import Foundation
import Synchronization

/// `cnclip index`: keeps a library in step with folders of pictures.
struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Take folders of pictures into a library that can be searched.",
    discussion: """
      Only new and changed pictures are read; moved ones are recognised, deleted ones taken out. \
      The command may be stopped at any moment, or killed, and goes on where it was; several may \
      run at once. Pictures stay where they are. What counts as a picture is told by a file's first \
      bytes; links to folders are followed, and each picture counts once. Files that cannot be read \
      are named, and the exit code is 3 then.

      A library works with one model. --reembed changes it; searches go on with the old model \
      until all pictures are done.

      Examples:
        cnclip index ~/Pictures --library ~/pictures.library
        cnclip index ~/Pictures --library ~/pictures.library --watch
        cnclip index --library ~/pictures.library --reembed --model ViT-B-16
        cnclip index /nas/photos --library ~/l --store milvus://vectors/photos --shard 3/8
      """)

  @Argument(help: "Folders of pictures, or single pictures.")
  var folders: [String] = []

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Go on watching the folders and take changes in as they come.")
  var watch = false

  @Flag(help: "Change the library's model: embed everything anew.")
  var reembed = false

  @Flag(help: "Try files again that could not be read before.")
  var retry = false

  @Flag(help: "Take pictures out whose whole folder is not there any more.")
  var prune = false

  @Option(
    help: ArgumentHelp(
      """
      Take one of so many shares of the files, 1/8 to 8/8, on as many machines over one store. \
      What has gone stays until a run without it.
      """, valueName: "i/n"))
  var shard: String?

  @Option(help: ArgumentHelp("Pictures that are read and written at a time.", valueName: "count"))
  var batchSize = 32

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Flag(help: "Show no progress and no summary; what could not be read is named all the same.")
  var quiet = false

  func validate() throws {
    if folders.isEmpty && !reembed { throw ValidationError("Which folder is to be indexed?") }
    if let shard {
      guard IndexShard(shard) != nil else {
        throw ValidationError("--shard takes a share such as 3/8, not '\(shard)'.")
      }
      if reembed || prune {
        throw ValidationError("--shard does not go with --reembed or --prune.")
      }
    }
    if watch && reembed { throw ValidationError("--watch and --reembed do not go together.") }
    guard (1...4096).contains(batchSize) else {
      throw ValidationError("--batch-size takes a number from 1 to 4096.")
    }
  }

  func run() async throws {
    if reembed { try await changeModel() } else { try await index() }
  }

  private func index() async throws {
    let known = try await library.openIfThere()
    let choice = try await LibraryModel(model, rememberedBy: known)
    let clip = try choice.load(pictures: pictures)
    let opened = if let known { known } else { try await library.open(creating: true) }
    try await opened.use(clip)
    let indexer = Indexer(opened, options: try options(choice))
    let report = IndexReportPrinter(json: json, quiet: quiet)
    if watch {
      try await Interruption.cancelling { [folders] in
        try await indexer.watch(folders) {
          report.progress($0)
        } onReport: {
          report.show($0)
        }
      }
      return try report.finish()
    }
    let result = try await Interruption.cancelling { [folders] in
      try await indexer.run(folders) { report.progress($0) }
    }
    report.show(result)
    if result.cancelled { throw Interruption.exitCode }
    try report.finish()
  }

  private func changeModel() async throws {
    let opened = try await library.open()
    let choice = try await LibraryModel(model)
    let clip = try choice.load(pictures: pictures)
    let indexer = Indexer(opened, options: try options(choice))
    let report = IndexReportPrinter(json: json, quiet: quiet)
    let result = try await Interruption.cancelling {
      try await indexer.reembed(with: clip) { report.progress($0) }
    }
    report.show(result)
    if result.cancelled { throw Interruption.exitCode }
    guard !folders.isEmpty else { return try report.finish() }
    let following = try await Interruption.cancelling { [folders] in
      try await indexer.run(folders) { report.progress($0) }
    }
    report.show(following)
    if following.cancelled { throw Interruption.exitCode }
    guard result.isComplete else { throw ExitCode.someInputsSkipped }
    try report.finish()
  }

  private func options(_ choice: LibraryModel) throws -> IndexOptions {
    var options = IndexOptions()
    options.batchSize = batchSize
    options.modelSource = try choice.source
    options.retriesFailures = retry
    options.removesMissingFolders = prune
    options.shard = shard.flatMap(IndexShard.init) ?? IndexShard()
    return options
  }
}

/// Shows how indexing goes and what it came to.
private final class IndexReportPrinter: Sendable {
  private let json: Bool
  private let quiet: Bool
  private let bar: Progress
  /// Whether the last report left nothing out.
  private let isComplete = Mutex(true)

  init(json: Bool, quiet: Bool) {
    self.json = json
    self.quiet = quiet
    bar = Progress("indexing", total: nil, unit: "pictures", quiet: quiet)
  }

  func progress(_ progress: IndexProgress) {
    guard progress.stage == .embedding else { return }
    bar.set(done: progress.completed, total: progress.total)
  }

  func show(_ report: IndexReport) {
    bar.finish()
    isComplete.withLock { $0 = report.isComplete }
    if json, let data = try? JSONEncoder.forResults.encode(report) {
      print(String(decoding: data, as: UTF8.self))
      return
    }
    for failure in report.failures {
      StandardError.line("not read: \(failure.path): \(failure.reason)")
    }
    for warning in report.warnings {
      StandardError.line("warning: \(warning.path): \(warning.reason)")
    }
    for folder in report.missingFolders {
      StandardError.line(
        "\(folder) is empty or not there; its pictures are kept (--prune takes them out)")
    }
    guard !quiet else { return }
    let counts = [
      (report.added, "new"), (report.changed, "changed"), (report.moved, "moved"),
      (report.removed, "taken out"), (report.unchanged, "as before"),
      (report.warnings.count, "damaged but read"), (report.failures.count, "not readable"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    StandardError.line(
      (report.cancelled ? "stopped: " : "")
        + (counts.isEmpty ? "nothing to do" : counts.joined(separator: ", "))
        + String(format: " (%.1f s)", report.seconds))
  }

  /// Ends the command with its own exit code if the last report left anything out.
  func finish() throws {
    guard isComplete.withLock({ $0 }) else { throw ExitCode.someInputsSkipped }
  }
}

extension IndexReport {
  /// Whether all that was named could be read.
  fileprivate var isComplete: Bool { failures.isEmpty && missingFolders.isEmpty }
}
