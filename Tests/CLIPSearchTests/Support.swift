import CLIPImages
import CLIPSearch
import Foundation

/// A model that reads files of the form `PICTURE words` and gives pictures and texts with the same
/// words the same directions, so that every answer is known beforehand.
struct WordModel: EmbeddingModel {
  var name = "words"
  var fingerprint = "words-1"
  var embeddingDimension = 32
  var logitScale: Float = 20
  /// Slows the model down, for tests that stop it midway.
  var delay: Duration = .zero
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

  func imageVectors(_ images: [RGBImage]) async throws -> [Float] {
    if delay > .zero { try await Task.sleep(for: delay) }
    return images.flatMap { vector(String(decoding: $0.pixels.filter { $0 != 0 }, as: UTF8.self)) }
  }

  func textVectors(_ texts: [String]) async throws -> [Float] { texts.flatMap(vector) }

  /// The sum of the words' directions.
  func vector(_ text: String) -> [Float] {
    var sum = [Float](repeating: 0, count: embeddingDimension)
    for word in text.split(separator: " ") {
      var generator = SplitMix(
        state: word.utf8.reduce(seed) { $0 &* 1_099_511_628_211 ^ UInt64($1) })
      for index in sum.indices { sum[index] += Float.random(in: -1...1, using: &generator) }
    }
    return sum
  }
}

/// A small generator, the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// A folder that goes away with the object.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "clip-search-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var library: String { path + "/library" }
  var pictures: String { path + "/pictures" }

  /// Writes a picture for ``WordModel`` and gives its path.
  @discardableResult
  func picture(_ name: String, _ words: String) throws -> String {
    try file(name, Data("PICTURE \(words)".utf8))
  }

  @discardableResult
  func file(_ name: String, _ data: Data) throws -> String {
    let url = URL(fileURLWithPath: pictures + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return url.path
  }
}
