import Foundation
import TestSupport
import Testing

@Suite("cnclip tokenize")
struct TokenizeTests {
  private static let json = #"""
    {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "!": 3}, "merges": ["a b"]},
     "added_tokens": [{"id": 4, "content": "<end>", "special": true, "normalized": false}],
     "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}},
      {"SpecialToken": {"id": "<end>", "type_id": 0}}], "pair": [],
      "special_tokens": {"<end>": {"id": "<end>", "ids": [4], "tokens": ["<end>"]}}}}
    """#

  @Test("reads with another family's tokenizer, by file or folder")
  func other() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.json, to: "model/tokenizer.json")
    try folder.write(
      #"{"pad_token": "!", "model_max_length": 4}"#, to: "model/tokenizer_config.json")
    for path in ["model", "model/tokenizer.json"] {
      let outcome = try Command.run(
        ["tokenize", "-", "--tokenizer", path], input: Data("abba\nb\n\n".utf8), in: folder.url)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.lines == ["[2, 1, 0, 4]", "[1, 4, 3, 3]", "[4, 3, 3, 3]"], "\(outcome)")
    }
    let short = try Command.run(
      ["tokenize", "-", "--tokenizer", "model", "--context-length", "2"],
      input: Data("abba\n".utf8), in: folder.url)
    #expect(short.lines == ["[2, 4]"] && short.errors.contains("1"), "\(short)")
  }

  @Test("refuses options that the tokenizer does not have, and folders without one")
  func refused() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.json, to: "tokenizer.json")
    try folder.write("x", to: "empty/x.txt")
    for (arguments, sentence) in [
      (
        ["--tokenizer", ".", "--text-normalization", "api"],
        "is a choice of Chinese-CLIP's tokenizer"
      ),
      (["--tokenizer", ".", "--vocab", "v.txt"], "not both"),
      (["--tokenizer", "empty"], "it is a folder without any of vocab.txt, tokenizer.json"),
      (["--tokenizer", ".", "--context-length", "1"], "it must be from 2 to 65536 tokens"),
      (["--tokenizer", "none.json"], "none.json cannot be used"),
    ] {
      let outcome = try Command.run(["tokenize", "-"] + arguments, in: folder.url)
      #expect(outcome.status != 0 && outcome.errors.contains(sentence), "\(outcome)")
      #expect(outcome.output.isEmpty, "\(outcome)")
    }
  }
}
