import ArgumentParser
import CLIPImages
import CLIPModels
import CLIPSearch
import CLIPStores
import Foundation

/// The option that names a library of pictures.
struct LibraryOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder of the library.", valueName: "folder"))
  var library: String

  @Option(
    help: ArgumentHelp(
      """
      Where the catalogue and the vectors are, if not in that folder: sqlite:FOLDER, or \
      postgres://USER@HOST/DATABASE?schema=NAME, milvus://HOST:PORT/NAME. A new library notes it. \
      Documentation/Stores.md has more.
      """, valueName: "address"))
  var store: String?

  /// The stores of this build.
  private static let stores = [SQLiteStore.kind] + PostgresStore.kinds + [MilvusStore.kind]

  /// Opens the library without a model.
  func open(creating: Bool = false) async throws -> PictureLibrary {
    let note = StoreNote(folder: library)
    let opened = try await open(store: store ?? note.read(), creating: creating)
    if creating, let store { try note.write(store) }
    return opened
  }

  /// Opens the library over the store of an address; `nil` is the database in its folder.
  func open(store: String?, creating: Bool) async throws -> PictureLibrary {
    try await PictureLibrary.open(
      at: library, store: store, of: Self.stores, creating: creating)
  }

  /// Opens the library without a model; `nil` if there is none yet.
  func openIfThere() async throws -> PictureLibrary? {
    do { return try await open() } catch SearchError.noLibrary { return nil }
  }

  /// Opens the library with its own model, or with the one that was named.
  func open(with model: ModelOptions) async throws -> PictureLibrary {
    let library = try await open()
    try await library.use(LibraryModel(model, rememberedBy: library).load())
    return library
  }

  /// A filter, if there is one.
  static func filter(_ expression: String?) throws -> PictureFilter? {
    try expression.map(PictureFilter.init)
  }
}

/// Which model a library works with, remembered so that it has to be named once only.
struct LibraryModel {
  /// What is remembered: the options that named the model, paths made absolute.
  private struct Source: Codable {
    var model: String?
    var checkpoint: String?
    var visionModel: String?
    var textModel: String?
    var vocab: String?
  }

  private let options: ModelOptions

  /// - Parameters:
  ///   - options: What the person wrote.
  ///   - library: Gives what it remembers if the person named no model.
  /// - Throws: `SearchError` if the library cannot be read.
  init(_ options: ModelOptions, rememberedBy library: PictureLibrary? = nil) async throws {
    var options = options
    if options.named.model == nil, options.named.checkpoint == nil,
      let remembered = try await library?.statistics().modelSource,
      let source = try? JSONDecoder().decode(Source.self, from: Data(remembered.utf8))
    {
      options.named.model = source.model
      options.named.checkpoint = source.checkpoint
      options.named.visionModel = source.visionModel
      options.named.textModel = source.textModel
      options.named.vocab = options.named.vocab ?? source.vocab
    }
    self.options = options
  }

  /// Loads the model.
  func load(pictures: PictureOptions? = nil, batchSize: Int = 16) throws -> CLIP {
    try options.load(decoder: pictures?.decoder ?? ImageDecoder(), batchSize: batchSize)
  }

  /// What the library is to remember.
  var source: String {
    get throws {
      func absolute(_ path: String?) -> String? {
        path.map {
          FileManager.default.fileExists(atPath: $0) ? URL(filePath: $0).standardized.path : $0
        }
      }
      let named = options.named
      let source = Source(
        model: absolute(named.model), checkpoint: absolute(named.checkpoint),
        visionModel: named.visionModel, textModel: named.textModel,
        vocab: absolute(named.vocab))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
      return String(decoding: try encoder.encode(source), as: UTF8.self)
    }
  }
}

extension JSONEncoder {
  /// How commands print results for machines.
  static var forResults: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
    return encoder
  }
}
