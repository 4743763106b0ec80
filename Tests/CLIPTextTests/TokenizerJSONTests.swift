import CLIPText
import Foundation
import TestSupport
import Testing

@Suite("A folder with tokenizer.json alone")
struct TokenizerJSONTests {
  private func open(_ json: String) throws -> (any Tokenizer)? {
    let folder = try TemporaryFolder()
    try folder.write(json, to: "tokenizer.json")
    return try TokenizerKind.open(folder: folder.url)?.tokenizer
  }

  @Test("gives its own vocabulary, in the order of its ids")
  func own() throws {
    let json = #"""
      {"normalizer": {"type": "BertNormalizer", "lowercase": true}, "model": {"type": "WordPiece",
       "vocab": {"猫": 4, "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "狗": 5}}}
      """#
    let tokenizer = try #require(try open(json))
    #expect(tokenizer.vocabularyCount == 6)
    #expect(tokenizer.ids(for: "狗猫鱼") == [2, 5, 4, 1, 3])
  }

  @Test(
    "of another kind is refused in one sentence",
    arguments: [
      (#"{"model": {"type": "BPE", "vocab": {"a": 0}}}"#, "its model is BPE, not WordPiece"),
      (
        #"{"model": {"type": "WordPiece", "vocab": {"a": 1}}}"#,
        "its ids are not the numbers from 0"
      ),
      (#"{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 0}}}"#, "its ids are not"),
      (
        #"{"normalizer": {"lowercase": false}, "model": {"type": "WordPiece", "vocab": {"a": 0}}}"#,
        "it keeps capitals"
      ),
      ("[]", "it is not the JSON of a tokenizer"), ("", "it is not the JSON of a tokenizer"),
    ])
  func other(json: String, problem: String) throws {
    let sentence = message { _ = try open(json) }
    #expect(
      sentence.contains("tokenizer.json cannot be used: ") && sentence.contains(problem),
      "\(sentence)")
  }
}
