import CLIPText
import Foundation
import TestSupport
import Testing

@Suite("A tokenizer.json")
struct TokenizerJSONTests {
  private func open(_ json: String, _ files: [String: String] = [:]) throws -> (any Tokenizer)? {
    let folder = try TemporaryFolder()
    try folder.write(json, to: "tokenizer.json")
    for (name, content) in files { try folder.write(content, to: name) }
    return try TokenizerKind.open(folder: folder.url)?.tokenizer
  }

  private static let bert = #"""
    {"normalizer": {"type": "BertNormalizer", "lowercase": true}, "model": {"type": "WordPiece",
     "vocab": {"猫": 4, "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "狗": 5}}}
    """#

  @Test("of BERT in a Chinese-CLIP folder is the original's tokenizer, in the order of its ids")
  func own() throws {
    let tokenizer = try #require(
      try open(Self.bert, ["config.json": #"{"model_type":"chinese_clip"}"#]))
    #expect(tokenizer is BERTTokenizer)
    #expect(tokenizer.vocabularyCount == 6)
    #expect(tokenizer.ids(for: "狗猫鱼") == [2, 5, 4, 1, 3])
  }

  @Test("in a folder of another family is read as that family's library does")
  func others() throws {
    let tokenizer = try #require(
      try open(
        #"{"pre_tokenizer": {"type": "BertPreTokenizer"},"# + Self.bert.dropFirst(),
        ["config.json": #"{"model_type":"align"}"#, "vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"]))
    #expect(tokenizer is HuggingFaceTokenizer)
    // No post-processor, no marks.
    #expect(tokenizer.ids(for: "狗") == [5])
    #expect(tokenizer.endID == nil)
  }

  @Test("that keeps capitals keeps them")
  func cased() throws {
    let json = #"""
      {"normalizer": {"type": "BertNormalizer", "lowercase": false}, "model": {"type": "WordPiece",
       "vocab": {"[UNK]": 0, "A": 1, "a": 2}}}
      """#
    let tokenizer = try #require(try open(json))
    #expect(tokenizer.ids(for: "A") == [1])
    #expect(tokenizer.ids(for: "a") == [2])
  }

  @Test("takes padding and length from the files beside it")
  func settings() throws {
    let json = #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "!": 2}, "merges": []}}"#
    let plain = try #require(try open(json))
    #expect(plain.paddingID == 0 && plain.contextLength == 512 && !plain.padsBefore)
    #expect(!plain.attendsToPadding)
    let configuration = #"""
      {"pad_token": {"content": "!"}, "model_max_length": 4, "padding_side": "left",
       "model_input_names": ["input_ids"]}
      """#
    let set = try #require(
      try open(
        json,
        [
          "tokenizer_config.json": configuration, "special_tokens_map.json": #"{"pad_token": "b"}"#,
        ]))
    #expect(set.paddingID == 2 && set.contextLength == 4 && set.padsBefore && set.attendsToPadding)
    #expect(set(["ab"]).padded(to: 4) == [2, 2, 0, 1])
    #expect(set(["ab"]).columns(of: 0, in: 4) == 2..<4)
    let mapped = try #require(try open(json, ["special_tokens_map.json": #"{"pad_token": "b"}"#]))
    #expect(mapped.paddingID == 1)
    let huge = try #require(
      try open(json, ["tokenizer_config.json": #"{"model_max_length": 1e30}"#]))
    #expect(huge.contextLength == 512)
  }

  private static let model = #""model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}"#

  @Test(
    "that cannot be used is refused in one sentence that names the part",
    arguments: [
      ("[]", "it is not the JSON of a tokenizer"), ("", "it is not the JSON of a tokenizer"),
      ("{}", "it has no model"),
      (#"{"model": {"type": "BPE"}}"#, "the model BPE has no vocabulary"),
      (
        #"{"model": {"type": "WordLevel", "vocab": {"a": 0}}}"#,
        "the model WordLevel is not supported"
      ),
      (
        #"{"model": {"type": "WordPiece", "vocab": {"a": 1}}}"#,
        "its 'unk_token' [UNK] is not in the vocabulary"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}}"#,
        "two pieces have the id 0"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}"#,
        "its vocabulary has the piece 'a' twice"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 4294967295}, "merges": []}}"#,
        "the id 4294967295 of 'a' is out of range"
      ),
      (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "the id -1"),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a q"]}}"#,
        "its merge 1 is of 'q', which is not in the vocabulary"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "a"]]}}"#,
        "its merge 1 makes 'aa', which is not in the vocabulary"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}"#,
        "its merge 1 is not of two pieces"
      ),
      (
        #"{"model": {"type": "BPE", "dropout": 0.1, "vocab": {"a": 0}, "merges": []}}"#,
        "the model BPE drops merges at random"
      ),
      (
        #"{"model": {"type": "BPE", "cache": 3, "vocab": {"a": 0}, "merges": []}}"#,
        "the model BPE has an option 'cache', which is not known"
      ),
      (
        #"{"model": {"type": "Unigram", "vocab": [["a", 0.0]]}}"#,
        "the model Unigram has no 'unk_id'"
      ),
      (
        #"{"model": {"type": "Unigram", "unk_id": 7, "vocab": [["a", 0.0]]}}"#,
        "the 'unk_id' 7 of the model Unigram is not in the vocabulary"
      ),
      (
        "{\"normalizer\": {\"type\": \"Wizard\"}, \(model)}",
        "the normalizer Wizard is not supported"
      ),
      (
        "{\"normalizer\": {\"type\": \"Lowercase\", \"locale\": 1}, \(model)}",
        "the normalizer Lowercase has an option 'locale', which is not known"
      ),
      (
        "{\"pre_tokenizer\": {\"type\": \"UnicodeScripts\"}, \(model)}",
        "the pre-tokenizer UnicodeScripts is not supported"
      ),
      (
        "{\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(a)\"}}, \(model)}",
        "the regular expression '(a)' of the pre-tokenizer Split is not supported: '(a)' is not read"
      ),
      (
        "{\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}, \(model)}",
        "the table of the normalizer Precompiled is damaged"
      ),
      (
        "{\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"x\", 9], \"cls\": [\"a\", 0]}, \(model)}",
        "its post-processor adds the id 9, which no piece has"
      ),
      (
        "{\"added_tokens\": [{\"id\": 1, \"content\": \"a\"}], \(model)}",
        "the added token 'a' has the id 1, but also 0"
      ),
      (
        "{\"truncation\": {\"direction\": \"Left\", \"max_length\": 9}, \(model)}",
        "the truncation removes the beginnings of texts"
      ),
      ("{\"version\": \"2.0\", \(model)}", "its version is not 1.0"),
      ("{\"wizard\": 1, \(model)}", "it has a part 'wizard', which is not known"),
    ])
  func refused(json: String, problem: String) throws {
    let sentence = message { _ = try open(json) }
    #expect(
      sentence.contains("tokenizer.json cannot be used: ") && sentence.contains(problem),
      "\(sentence)")
  }

  @Test("nested without end is refused")
  func nested() throws {
    for part in [#"{"type":"Sequence","normalizers":["#, "[", #"{"a":"#] {
      let json = #"{"normalizer": "# + String(repeating: part, count: 100_000)
      #expect(message { _ = try open(json) }.contains("nested too deeply"))
    }
  }

  @Test("that is cut anywhere is refused, never a trap")
  func truncated() throws {
    for kind in ["clip", "unigram-bytes", "wordpiece"] {
      let bytes = try [UInt8](Data(contentsOf: Fixtures.url("Tokenizers/\(kind).json")))
      for count in stride(from: 0, to: bytes.count - 2, by: 997) {
        #expect(throws: CLIPTextError.self) {
          try HuggingFaceTokenizer(bytes: Array(bytes[..<count]))
        }
      }
    }
  }

  @Test("with bytes that were changed is read or refused, never a trap")
  func forged() throws {
    var random = SplitMix(state: 7)
    for kind in ["clip", "xlm-roberta", "wordpiece", "siglip2"] {
      let bytes = try [UInt8](Data(contentsOf: Fixtures.url("Tokenizers/\(kind).json")))
      for _ in 0..<20 {
        var forged = bytes
        for _ in 0..<3 {
          forged[Int.random(in: 0..<bytes.count, using: &random)] =
            [0x22, 0x2C, 0x30, 0x39, 0x5B, 0x7D, 0x61].randomElement(using: &random) ?? 0
        }
        if let tokenizer = try? HuggingFaceTokenizer(bytes: forged) {
          #expect(tokenizer.ids(for: "a 猫 é <unk>").count <= tokenizer.contextLength)
        }
      }
    }
  }

  @Test("without end is refused")
  func endless() {
    let sentence = message {
      _ = try HuggingFaceTokenizer(contentsOf: URL(filePath: "/dev/zero"))
    }
    #expect(sentence == "The tokenizer /dev/zero cannot be used: it is not a regular file.")
  }

  @Test("of 200 MB is refused before it is read")
  func huge() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("{", to: "tokenizer.json")
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: 200 << 20)
    try file.close()
    #expect(
      message { _ = try HuggingFaceTokenizer(contentsOf: url) }
        == "The tokenizer \(url.path) cannot be used: it has more than 64 MiB.")
  }
}
