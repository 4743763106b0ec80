import CLIPText
import Foundation
import TestSupport
import Testing

/// A text and its ids by the reference.
struct GoldenText: Decodable {
  let text: String
  let ids: [Int32]

  static func read(_ name: String) throws -> [GoldenText] {
    try JSONDecoder().decode([GoldenText].self, from: Data(contentsOf: Fixtures.url(name)))
  }
}

@Suite("HuggingFaceTokenizer")
struct HuggingFaceTokenizerTests {
  static let kinds = [
    "wordpiece", "wordpiece-cased", "roberta", "clip", "siglip2", "xlm-roberta", "xlm-roberta-5",
    "t5", "unigram-bytes", "mixture-1", "mixture-2", "mixture-3", "mixture-4", "mixture-5",
    "mixture-6", "affixes", "whole-words",
  ]

  private func tokenizer(_ kind: String) throws -> HuggingFaceTokenizer {
    try HuggingFaceTokenizer(contentsOf: Fixtures.url("Tokenizers/\(kind).json"))
  }

  @Test("ids equal those of PyPI's tokenizers", arguments: kinds)
  func golden(kind: String) throws {
    let tokenizer = try tokenizer(kind).configured(contextLength: 4096)
    let texts = try GoldenText.read("Tokenizers/\(kind).ids.json")
    #expect(texts.count == 54)
    let tokenized = tokenizer(texts.map(\.text))
    for (index, text) in texts.enumerated() {
      #expect(Array(tokenized[index]) == text.ids, "\(kind): \(text.text.debugDescription)")
    }
    #expect(tokenized.truncatedCount == 0)
  }

  @Test("a text that is too long keeps its beginning and its marks", arguments: kinds)
  func truncation(kind: String) throws {
    let long = try tokenizer(kind).configured(contextLength: 4096)
    let short = try tokenizer(kind).configured(contextLength: 9)
    let marks = long([""])
    for text in try GoldenText.read("Tokenizers/\(kind).ids.json") {
      let (whole, cut) = (long.ids(for: text.text), short.ids(for: text.text))
      let end = long.endID == nil ? 0 : 1
      #expect(cut.count == min(9, whole.count))
      #expect(cut.dropLast(end) == whole.dropLast(end).prefix(cut.count - end))
      #expect(end == 0 || cut.last == long.endID)
      #expect(short([text.text]).truncatedCount == (whole.count > 9 ? 1 : 0))
      #expect(cut.count >= marks.length(of: 0))
    }
  }

  @Test("texts of a batch have the ids that they have alone")
  func batch() throws {
    let tokenizer = try tokenizer("siglip2")
    let texts = try GoldenText.read("Tokenizers/siglip2.ids.json").map(\.text)
    let batch = tokenizer(texts)
    for (index, text) in texts.enumerated() {
      #expect(Array(batch[index]) == tokenizer.ids(for: text))
    }
  }

  @Test("pieces are shown as the file writes them, and found again")
  func pieces() throws {
    let tokenizer = try tokenizer("clip")
    let pieces = tokenizer.pieces(for: "It's 9")
    #expect(pieces.joined() == "it</w>'s</w>9</w>")
    #expect(pieces.allSatisfy { tokenizer.id(of: $0).flatMap(tokenizer.piece(of:)) == $0 })
    #expect(tokenizer.piece(of: Int32(tokenizer.vocabularyCount)) == nil)
    #expect(tokenizer.endID == tokenizer.id(of: "<|endoftext|>"))
  }

  @Test("a context that leaves no room for a text is refused")
  func contextLength() throws {
    let sentence = message { _ = try tokenizer("xlm-roberta").configured(contextLength: 2) }
    #expect(
      sentence
        == "The context length is 2, but it must be from 3 to 65536 tokens, those that mark a "
        + "text's beginning and end included.")
  }

  @Test(
    "long words take little more than linear time", .timeLimit(.minutes(1)),
    arguments: ["siglip2", "roberta", "xlm-roberta", "wordpiece", "clip", "mixture-3"])
  func longWords(kind: String) throws {
    let tokenizer = try tokenizer(kind).configured(contextLength: 65536)
    for part in ["a", "猫", "\u{301}", "&", " ", "的a", "\u{1D165}\u{302E}"] {
      let text = String(repeating: part, count: 60_000)
      #expect(tokenizer.ids(for: text).count <= 65536)
    }
  }
}
