import ArgumentParser
import CLIPSearch
import Foundation

/// `cnclip library import`: takes vectors in that another program made.
struct LibraryImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in features of Chinese-CLIP, or a folder of clip-retrieval.",
    discussion: """
      The vectors must come from the library's model, or from the one that --model names if the \
      library is new. Chinese-CLIP's features know pictures by numbers only: --paths says where \
      the files are. Relative paths of clip-retrieval lie in its folder; pictures elsewhere are \
      shown only if --pictures names their folder. What cannot be taken in is named, and the exit \
      code is 3 then.

      Examples:
        cnclip library import MUGE_test.img_feat.jsonl --paths '/data/muge/{id}.jpg' \\
          --model ViT-B-16 --library muge.library
        cnclip library import laion_embeddings --model ViT-L-14 --library laion.library
      """)

  @Argument(help: "A *.img_feat.jsonl, a *.txt_feat.jsonl, or a folder with img_emb/ in it.")
  var source: String

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "Where the picture files are, with {id} for the number.", valueName: "template"))
  var paths: String?

  @Option(
    help: ArgumentHelp(
      "For clip-retrieval: a folder of the pictures; may be repeated.", valueName: "folder"))
  var pictures: [String] = []

  @Option(
    help: ArgumentHelp(
      "For text features: the *_texts.jsonl with the sentences.", valueName: "file"))
  var texts: String?

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if isFolder {
      if paths != nil { throw ValidationError("--paths goes with Chinese-CLIP's features only.") }
      if texts != nil { throw ValidationError("--texts goes with text features only.") }
    } else {
      if !pictures.isEmpty { throw ValidationError("--pictures goes with a folder only.") }
      if texts != nil, !source.hasSuffix("txt_feat.jsonl") {
        throw ValidationError("--texts goes with text features (*.txt_feat.jsonl) only.")
      }
    }
  }

  private var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  func run() async throws {
    let known = try await library.openIfThere()
    let choice = try await LibraryModel(model, rememberedBy: known)
    let clip = try choice.load()
    let opened = if let known { known } else { try await library.open(creating: true) }
    try await opened.use(clip)
    let source = try choice.source
    let progress = Progress("importing", total: nil, unit: "pictures", quiet: quiet)
    let report = try await Interruption.cancelling { [self] in
      if isFolder {
        return try await ClipRetrievalFolder(opened, modelSource: source)
          .importPictures(from: self.source, pictureFolders: pictures) { progress.set(done: $0) }
      }
      let features = ChineseCLIPFeatures(opened, modelSource: source)
      if self.source.hasSuffix("txt_feat.jsonl") {
        guard let texts else {
          throw CommandFailure("text features need --texts, the *_texts.jsonl of their data set")
        }
        return try await features.importCaptions(self.source, texts: texts, pathTemplate: paths)
      }
      var report = ImportReport()
      report.taken = try await features.importPictures(self.source, pathTemplate: paths) {
        progress.set(done: $0)
      }
      return report
    }
    try await opened.compact()
    progress.finish()
    try show(report)
  }

  /// Says what was taken in, and names what was not.
  private func show(_ report: ImportReport) throws {
    for omission in report.omissions {
      StandardError.line("left out: \(omission.source): \(omission.reason) (\(omission.count))")
    }
    if report.outside > 0 {
      StandardError.line(
        "\(report.outside) pictures lie elsewhere and are not shown; --pictures "
          + "\(report.outsideFolder ?? "FOLDER") allows it")
    }
    if !quiet {
      StandardError.line(
        "\(report.taken) taken in"
          + (report.omitted > 0 ? ", \(report.omitted) left out, see above" : ""))
    }
    if report.omitted > 0 { throw ExitCode.someInputsSkipped }
  }
}

/// `cnclip library export`: writes vectors for other programs.
struct LibraryExportCommand: AsyncParsableCommand {
  /// What is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case chineseCLIP = "chinese-clip"
    case clipRetrieval = "clip-retrieval"
  }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a library's vectors as Chinese-CLIP's or clip-retrieval's files.",
    discussion: """
      Examples:
        cnclip library export features/album --library ~/pictures.library
          writes features/album.img_feat.jsonl, .txt_feat.jsonl and _pictures.jsonl
        cnclip library export embeddings --format clip-retrieval --library ~/pictures.library
      """)

  @Argument(help: "The beginning of the files' names, or a folder for clip-retrieval.")
  var destination: String

  @OptionGroup var library: LibraryOptions

  @Option(help: "chinese-clip or clip-retrieval.")
  var format = Format.chineseCLIP

  func run() async throws {
    let library = try await library.open()
    let all = try await library.statistics().pictures
    let written: Int
    switch format {
    case .chineseCLIP:
      let counts = try await ChineseCLIPFeatures(library).export(toPrefix: destination)
      StandardError.line("\(counts.pictures) pictures and \(counts.captions) captions written")
      written = counts.pictures
    case .clipRetrieval:
      written = try await ClipRetrievalFolder(library).export(to: destination)
      StandardError.line("\(written) pictures written")
    }
    guard written < all else { return }
    StandardError.line(
      "\(all - written) pictures without a vector were left out; 'cnclip index' makes them one")
    throw ExitCode.someInputsSkipped
  }
}
