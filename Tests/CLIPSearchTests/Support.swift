import CLIPImages
import CLIPModels
import CLIPSearch
import CLIPStores
import Foundation
import TestSupport
import Testing

/// A model that reads files of the form `PICTURE words` and gives pictures and texts with the same
/// words the same directions, so that every answer is known beforehand.
struct WordModel: EmbeddingModel {
  var name = "words"
  var fingerprint = "words-1"
  var embeddingDimension = 32
  var logitScale: Float = 20
  /// Slows the model down, for tests that stop it midway.
  var delay: Duration = .zero
  /// Gives numbers that are none, as a model with damaged weights.
  var isBroken = false
  /// Differs between models.
  var seed: UInt64 = 1

  struct NoPicture: Error, CustomStringConvertible {
    var description: String { "it does not begin with PICTURE" }
  }

  func preprocess(_ picture: Data) throws -> RGBImage {
    guard picture.starts(with: Data("PICTURE ".utf8)) else { throw NoPicture() }
    var bytes = Array(picture.dropFirst(8))
    while bytes.isEmpty || bytes.count % 3 != 0 { bytes.append(0) }
    return try RGBImage(width: bytes.count / 3, height: 1, pixels: bytes)
  }

  func embeddings(of images: [RGBImage]) async throws -> Embeddings {
    if delay > .zero { try await Task.sleep(for: delay) }
    return try await embeddings(
      of: images.map { String(decoding: $0.pixels.filter { $0 != 0 }, as: UTF8.self) })
  }

  func embeddings(of texts: [String]) async throws -> Embeddings {
    Embeddings(dimension: embeddingDimension, rows: texts.map(vector))
  }

  /// The sum of the words' directions.
  func vector(_ text: String) -> [Float] {
    var sum = [Float](repeating: isBroken ? .nan : 0, count: embeddingDimension)
    for word in text.split(separator: " ") {
      var generator = SplitMix(
        state: word.utf8.reduce(seed) { $0 &* 1_099_511_628_211 ^ UInt64($1) })
      for index in sum.indices { sum[index] += Float.random(in: -1...1, using: &generator) }
    }
    return sum
  }
}

/// The stores that the library's own tests run on: what it does must not depend on which it is.
///
/// Servers take part if a variable says where they are; `make test-stores` starts them and sets it.
enum StoreCase: String, CaseIterable, CustomTestStringConvertible {
  case sqlite, memory, postgres, milvus, lite

  static let allCases: [StoreCase] = [.sqlite, .memory, .postgres, .milvus, .lite].filter {
    $0.server != ""
  }

  static let kinds =
    [SQLiteStore.kind, MemoryStore.kind] + PostgresStore.kinds + [MilvusStore.kind]

  var testDescription: String { rawValue }

  /// The address of a server, empty where there is none; `nil` for a store without one.
  private var server: String? {
    let environment = ProcessInfo.processInfo.environment
    return switch self {
    case .sqlite, .memory: nil
    case .postgres: environment["CNCLIP_TEST_POSTGRES"] ?? ""
    case .milvus: environment["CNCLIP_TEST_MILVUS"] ?? ""
    case .lite: environment["CNCLIP_TEST_MILVUS_LITE"] ?? ""
    }
  }

  /// Where the store of a library is: on a server, each has a place of its own.
  func address(of folder: String) -> String {
    let name = folder.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    return switch self {
    case .sqlite, .memory: "\(rawValue):\(folder)"
    case .postgres: "\(server ?? "")?schema=test_\(String(name, radix: 36))"
    case .milvus, .lite: "\(server ?? "")/test_\(String(name, radix: 36))"
    }
  }

  func open(
    at folder: String, model: (any EmbeddingModel)? = nil, creating: Bool = false
  ) async throws -> PictureLibrary {
    try await PictureLibrary.open(
      at: folder, store: address(of: folder), of: Self.kinds, model: model, creating: creating)
  }
}

extension TemporaryFolder {
  var library: String { path + "/library" }
  var pictures: String { path + "/pictures" }

  /// Writes a picture for ``WordModel`` and gives its path.
  @discardableResult
  func picture(_ name: String, _ words: String) throws -> String {
    try file(name, Data("PICTURE \(words)".utf8))
  }

  @discardableResult
  func file(_ name: String, _ data: Data) throws -> String {
    try write(data, to: "pictures/" + name).path
  }
}
