import CLIPImages
import CLIPModels
import CLIPSearch
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
enum StoreCase: String, CaseIterable, CustomTestStringConvertible {
  case sqlite, memory

  var testDescription: String { rawValue }

  func open(
    at folder: String, model: (any EmbeddingModel)? = nil, creating: Bool = false
  ) async throws -> PictureLibrary {
    try await PictureLibrary.open(
      at: folder, store: "\(rawValue):\(folder)", of: [SQLiteStore.kind, MemoryStore.kind],
      model: model, creating: creating)
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
