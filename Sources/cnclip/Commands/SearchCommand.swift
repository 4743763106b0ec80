import ArgumentParser
import CLIPSearch
import Files
import Foundation

/// `cnclip search`: finds pictures by sentences and by pictures.
struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find pictures of a library by a sentence, by a picture, or by both.",
    discussion: """
      Texts and pictures can be joined: --plus adds a wish, --minus takes one away, --image asks \
      for pictures like another. A number up to 10 behind a colon is the weight: --minus 人:0.7. \
      After a digit it needs a point, so that times and ratios stay texts: 10:30, but 15:2.0.

      --where keeps only pictures for which a condition holds. Fields: taken, folder, name, path, \
      size, width, height, format, camera, caption, tag; operators = != < <= > >= ~ (contains), \
      and, or, not, parentheses.

      The cosine says how well a picture fits, from -1 to 1; the probability how it fares \
      against a list of general sentences: a high one means that the library really has it.

      Examples:
        cnclip search 一只可爱的小猫 --library ~/pictures.library
        cnclip search 海边 --plus 日落 --minus 人 --library ~/pictures.library -k 50
        cnclip search --image photo.jpg --where 'taken >= 2024 and folder ~ 旅行' \\
          --library ~/pictures.library --format found.png
      """)

  @Argument(help: "A sentence.")
  var text: String?

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions

  @Option(name: [.customShort("k"), .long], help: "How many pictures.")
  var limit = 20

  @Option(help: "How many of the best to leave out.")
  var offset = 0

  @Option(help: ArgumentHelp("A picture to resemble; may be repeated.", valueName: "file[:weight]"))
  var image: [String] = []

  @Option(help: ArgumentHelp("A further wish; may be repeated.", valueName: "text[:weight]"))
  var plus: [String] = []

  @Option(
    help: ArgumentHelp(
      "What should not be in it, weight 0.5 if none is given; may be repeated.",
      valueName: "text[:weight]"))
  var minus: [String] = []

  @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "filter"))
  var filter: String?

  @Flag(help: "Show only the best of pictures that look nearly the same.")
  var fold = false

  @Option(help: "From which cosine on pictures count as nearly the same.")
  var foldSimilarity: Float = 0.96

  @Option(help: "Leave out pictures below this cosine.")
  var minimumCosine: Float?

  @Flag(help: "Search the captions, not the pictures.")
  var captions = false

  @Option(
    help: """
      table, json or html on standard output; or a file: NAME.png is a contact sheet, NAME.html a \
      page with thumbnails, NAME.json JSON.
      """)
  var format = "table"

  @Option(
    help: ArgumentHelp(
      """
      Let another model order the best so many anew, by the sentence: one that compares words with \
      places, or a larger one. Each of these pictures is read and encoded for every search; with as \
      many as the library has, it is that model's own search.
      """, valueName: "count"))
  var rerank: Int?

  @Option(
    help: ArgumentHelp("The model that --rerank asks, as for --model.", valueName: "name|path"))
  var rerankModel: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (rerank == nil) == (rerankModel == nil) else {
      throw ValidationError("--rerank COUNT and --rerank-model MODEL go together.")
    }
    if let rerank {
      guard (1...PictureLibrary.maximumHits).contains(rerank) else {
        throw ValidationError("--rerank takes a number from 1 to \(PictureLibrary.maximumHits).")
      }
      guard text?.isEmpty == false, image.isEmpty, plus.isEmpty, minus.isEmpty, !captions else {
        throw ValidationError("--rerank orders pictures by one sentence: give that alone.")
      }
    }
    guard text?.isEmpty == false || !image.isEmpty || !plus.isEmpty else {
      throw ValidationError("What is to be found? Give a sentence or --image.")
    }
    guard (1...PictureLibrary.maximumHits).contains(limit) else {
      throw ValidationError("-k takes a number from 1 to \(PictureLibrary.maximumHits).")
    }
    guard SearchOutput(format) != nil else {
      throw ValidationError(
        "--format takes table, json, html, or a file name ending in .png, .html or .json.")
    }
  }

  func run() async throws {
    let query = try query()
    let library = try await library.open(with: model)
    var hits = try await library.search(query)
    if let rerank { hits = try await reranked(hits, first: rerank, in: library) }
    let output = json ? .json(nil) : SearchOutput(format) ?? .table
    try await output.write(hits, title: title, library: library)
  }

  /// The page that was asked for, of hits whose best are ordered anew.
  private func reranked(
    _ hits: [SearchHit], first count: Int, in library: PictureLibrary
  ) async throws -> [SearchHit] {
    var source = model
    source.named.model = rerankModel
    source.named.checkpoint = nil
    let other = try source.load()
    let ordered = try await library.reranked(hits, first: count, by: text ?? "", with: other) {
      StandardError.line("\($0.showingControls) stays behind the others: \($1)")
    }
    return Array(ordered.dropFirst(offset).prefix(limit))
  }

  private func query() throws -> SearchQuery {
    var query = SearchQuery(terms: [], limit: limit)
    if let text, !text.isEmpty { query.add(.text(text)) }
    for argument in plus + minus + image where WeightedText.mayBeMisread(argument) {
      StandardError.line(
        "'\(argument)' is taken as it is; a weight is a number up to 10, as in 人:0.7")
    }
    for term in plus.map({ WeightedText($0, usual: 1) }) {
      query.add(.text(term.text), weight: term.weight)
    }
    for term in minus.map({ WeightedText($0, usual: 0.5) }) {
      query.add(.text(term.text), weight: -term.weight)
    }
    for argument in image {
      let isPlain = FileManager.default.fileExists(atPath: argument)
      let term =
        isPlain ? WeightedText(text: argument, weight: 1) : WeightedText(argument, usual: 1)
      guard let data = FileManager.default.contents(atPath: term.text) else {
        throw CommandFailure("there is no readable picture '\(term.text)'")
      }
      query.add(.image(data), weight: term.weight)
    }
    query.filter = try LibraryOptions.filter(filter)
    query.offset = offset
    if let rerank {
      query.limit = max(rerank, offset + limit)
      query.offset = 0
    }
    query.minimumCosine = minimumCosine
    query.foldingThreshold = fold ? foldSimilarity : nil
    query.target = captions ? .captions : .pictures
    return query
  }

  /// What was searched for, for people.
  private var title: String {
    var parts: [String] = []
    if let text, !text.isEmpty { parts.append(text) }
    parts += image.map { "像 " + URL(filePath: $0).lastPathComponent }
    parts += plus.map { "+ " + WeightedText($0, usual: 1).text }
    parts += minus.map { "− " + WeightedText($0, usual: 0.5).text }
    if let filter { parts.append("(\(filter))") }
    return parts.joined(separator: " ")
  }
}
