import ArgumentParser
import CLIPHub
import CLIPModels
import Foundation
import ModelHub

/// `cnclip download`: a preset's weights into the cache.
struct DownloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "download",
    abstract: "Fetch a model's weights from Hugging Face or ModelScope.",
    discussion: """
      Prints the path to give to --model or --checkpoint. What is there already is not fetched \
      again, and an interrupted download continues where it stopped. Files go to $CNCLIP_CACHE, or \
      ~/.cache/cnclip, and are verified before they get their names.

      Mirrors: --endpoint or HF_ENDPOINT. Proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. Private \
      repositories: HF_TOKEN or MODELSCOPE_API_TOKEN.

      Example: cnclip download ViT-B-16
               cnclip download RN50 --from modelscope --format pt
      """)

  @Argument(
    help: ArgumentHelp(
      "A preset (see 'cnclip models') or a repository as organisation/name.", valueName: "name"))
  var name: String

  @Option(help: "huggingface or modelscope.")
  var from = HubLayout.huggingFace

  @Option(
    help: """
      folder: config, vocabulary and weights as transformers reads them; pt: the original \
      checkpoint, one file.
      """)
  var format = Format.folder

  @Option(help: ArgumentHelp("A mirror of the hub.", valueName: "url"))
  var endpoint: String?

  @Option(help: "A branch, tag or commit; by default the hub's main branch.")
  var revision: String?

  @Option(help: ArgumentHelp("A token for private repositories.", valueName: "token"))
  var token: String?

  @Option(help: ArgumentHelp("Where to keep models.", valueName: "folder"))
  var cache: String?

  @Flag(help: "Ask the hub again, and fetch what has changed there.")
  var refresh = false

  @Flag(help: "Show no progress.")
  var quiet = false

  @Flag(help: #"Print {"path": …}."#)
  var json = false

  func run() async throws {
    let download = try Download(name, from: from, format: format)
    let hub = try HubDownloader(
      endpoint: endpoint, layout: from, token: token,
      cache: cache.map { ModelCache(folder: URL(filePath: $0)) })
    let progress = Progress("downloading", total: nil, unit: "MB", quiet: quiet)
    let folder = try await hub.fetch(
      repository: download.repository, files: download.files, revision: revision,
      checksums: download.checksums, refresh: refresh
    ) { report in
      progress.set(
        done: Int(report.received / 1_000_000), total: Int(report.total / 1_000_000))
    }
    progress.finish()
    try print(path: download.file.map { folder.appending(path: $0) } ?? folder)
  }

  private func print(path: URL) throws {
    let output = try ResultWriter(path: nil)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      try output.line(String(decoding: encoder.encode(["path": path.path]), as: UTF8.self))
    } else {
      try output.line(path.path)
    }
    try output.finish()
  }
}

extension DownloadCommand {
  /// Which of a repository's copies of the weights.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case folder
    case pt
  }

  /// What a name stands for on a hub.
  struct Download {
    let repository: String
    let files: FileSelection
    let checksums: [String: Checksum]
    /// The one file that was asked for; nil for a folder.
    let file: String?

    init(_ name: String, from layout: HubLayout, format: Format) throws {
      if name.contains("/") {
        repository = name
        files = format == .folder ? .modelFolder : ["*.pt"]
        checksums = [:]
        file = nil
        return
      }
      let models = try Presets.models()
      guard let model = models.first(where: { $0.name == name }) else {
        throw ModelError.unknownModel(name: name, known: models.map(\.name))
      }
      guard let repository = model.repository(on: layout), let checkpoint = model.checkpoint
      else {
        throw CommandFailure("no weights of \(name) were published; choose another preset")
      }
      self.repository = repository
      file = format == .pt ? checkpoint : nil
      files = format == .pt ? [checkpoint] : .modelFolder
      checksums = model.md5.map { [checkpoint: .md5($0)] } ?? [:]
    }
  }
}
