import ArgumentParser
import CLIPCleaning
import Files
import Foundation

/// `cnclip dataset translate`.
struct DatasetTranslateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Join translated captions of COCO or Visual Genome to their pictures.",
    discussion: """
      Takes the annotations as published, a table of translations (a sentence or an annotation's id, \
      a tab, the translation) or a command that translates, or both: what the table lacks goes to the \
      command, one sentence a line, each once, and as many lines come back. Chunks that are done are \
      kept, so that it goes on where it was ended. Pictures of test sets are left out, by their ids \
      (--exclude-ids) and by their content (--against). Writes {split}_imgs.tsv, {split}_texts.jsonl, \
      and {split}_dropped.jsonl with everything left out and why.

      Examples:
        cnclip dataset translate captions_train2017.json --images train2017 \\
          --translations zh.tsv --against coco-cn:test --output coco-zh
        cnclip dataset translate region_descriptions.json --form visual-genome \\
          --images VG_100K VG_100K_2 --image-data image_data.json --exclude-ids coco-test.txt \\
          --translator 'python3 translate.py' --output vg-zh
        cnclip dataset translate captions_train2017.json --list > sentences.txt
      """)

  @Argument(
    help: ArgumentHelp(
      "captions_*.json of COCO or region_descriptions.json of Visual Genome.", valueName: "file"))
  var annotations: String

  @Option(help: "Whose annotations they are.")
  var form = Annotations.Form.coco

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Folders with the picture files.", valueName: "dir"))
  var images: [String] = []

  @Option(
    help: ArgumentHelp(
      "A sentence or id, a tab, and its translation a line.", valueName: "file"))
  var translations: String?

  @Option(
    help: ArgumentHelp("A command that reads sentences and writes translations.", valueName: "cmd"))
  var translator: String?

  @Option(help: "Sentences that the command gets at a time.")
  var chunk = 2000

  @Option(help: "Seconds that the command may take for them.")
  var timeout = 3600.0

  @Option(
    help: "Of Visual Genome's regions of a picture so many, the largest first; all if absent.")
  var regions: Int?

  @Option(
    help: ArgumentHelp(
      "Visual Genome's image_data.json, which knows COCO's ids.", valueName: "file"))
  var imageData: String?

  @Option(
    help: ArgumentHelp(
      "Ids of test pictures, the last number of each line.", valueName: "file"))
  var excludeIds: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Test sets whose pictures are left out: folders, shards, data sets, or DIR:SPLIT.",
      valueName: "set"))
  var against: [String] = []

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "dir"))
  var output: String?

  @Option(help: "The beginning of the new files' names.")
  var split = "train"

  @Flag(help: "Print the sentences that have no translation yet, and do nothing.")
  var list = false

  @Flag(help: "Replace files that are there.")
  var overwrite = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard (regions == nil && imageData == nil) || form == .visualGenome else {
      throw ValidationError("--regions and --image-data are for --form visual-genome.")
    }
    guard chunk > 0, timeout > 0, regions ?? 1 > 0 else {
      throw ValidationError("--chunk, --timeout and --regions take numbers above 0.")
    }
    guard !list else { return }
    if images.isEmpty { throw ValidationError("Say where the pictures are, with --images DIR.") }
    if output == nil { throw ValidationError("Say where to write, with --output DIR.") }
    if translations == nil, translator == nil {
      throw ValidationError("Give --translations FILE, --translator CMD, or both.")
    }
  }

  func run() async throws {
    let set = TranslatedSet(
      try Annotations(
        URL(filePath: annotations), form: form, regions: regions,
        imageData: imageData.map { URL(filePath: $0) }),
      pictures: images.map { URL(filePath: $0) },
      excluding: try excludeIds.map { try TranslatedSet.ids(in: URL(filePath: $0)) } ?? [],
      against: against)
    let table = try translations.map { try Translations(URL(filePath: $0)) } ?? Translations()
    if list {
      let writer = try ResultWriter(path: nil)
      for sentence in set.missing(in: table) { try writer.line(sentence) }
      try writer.finish()
      return
    }
    let folder = URL(filePath: output ?? "")
    let report = try await Interruption.cancelling {
      var table = table
      if let translator {
        let bar = Progress("translating", total: nil, unit: "sentences", quiet: quiet)
        try set.complete(
          &table, with: TranslatorCommand(translator, chunkSize: chunk, timeout: timeout),
          keepingIn: folder.appending(path: ".translations")
        ) { bar.set(done: $0, total: $1) }
        bar.finish()
      }
      let bar = Progress("joining", total: nil, unit: "pictures", quiet: quiet)
      defer { bar.finish() }
      return try set.write(table, to: folder, split: split, overwrite: overwrite) {
        bar.set(done: $0, total: $1)
      }
    }
    print(json ? try Self.json(report) : Self.text(of: report))
    if report.untranslated + report.missing + report.broken > 0 {
      StandardError.line(
        "\(report.untranslated) captions without a translation, \(report.missing) pictures not "
          + "there, \(report.broken) broken: see \(split)_dropped.jsonl")
      throw ExitCode.someInputsSkipped
    }
  }

  private static func json(_ report: TranslatedSet.Report) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }

  private static func text(of report: TranslatedSet.Report) -> String {
    """
    \(report.captions) captions of \(report.sentences) different sentences
    \(report.written) captions of \(report.pictures) pictures written
    test pictures left out: \(report.excludedByID) by id, \(report.excludedByContent) by content
    """
  }
}

extension Annotations.Form: ExpressibleByArgument {}
