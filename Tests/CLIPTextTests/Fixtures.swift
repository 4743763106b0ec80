import CLIPText
import Foundation

/// Files that Scripts/fixtures/tokenizer.py has written with the original.
enum Fixtures {
  static func url(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
  }

  /// A text over all of Unicode; `training` is absent where it equals `api`.
  struct GeneratedText: Decodable {
    let text: String
    let api: [Int32]
    let training: [Int32]?
  }

  static func generatedTexts() throws -> [GeneratedText] {
    let lines = try Data(contentsOf: url("generated.jsonl")).split(separator: 0x0A)
    return try lines.map { try JSONDecoder().decode(GeneratedText.self, from: $0) }
  }

  /// For each normalisation, the hash of the ids of each 4,096 code points.
  static func codePointHashes() throws -> [String: [String]] {
    try JSONDecoder().decode(
      [String: [String]].self, from: Data(contentsOf: url("code-points.json")))
  }

  struct SmallVocabularyText: Decodable {
    let text: String
    let pieces: [String]
    let ids: [Int32]
  }

  static func smallVocabularyTexts() throws -> [SmallVocabularyText] {
    try JSONDecoder().decode(
      [SmallVocabularyText].self, from: Data(contentsOf: url("vocabulary.json")))
  }
}

extension BERTTokenizer {
  /// The bundled vocabulary with `clip.tokenize`'s normalisation.
  static func api(contextLength: Int = 52) throws -> BERTTokenizer {
    try BERTTokenizer(
      vocabulary: .bundled(), contextLength: contextLength, normalization: .api)
  }

  /// The ids of a text without `[CLS]` and `[SEP]`.
  func inner(_ text: String) -> [Int32] {
    ids(for: text).dropFirst().dropLast()
  }
}
