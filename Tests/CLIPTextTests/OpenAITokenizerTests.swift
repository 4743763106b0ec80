import CLIPText
import Foundation
import TestSupport
import Testing

@Suite("OpenAITokenizer")
struct OpenAITokenizerTests {
  private func tokenizer() throws -> OpenAITokenizer {
    try OpenAITokenizer(contentsOf: Fixtures.url("OpenAI/bpe_simple_vocab_16e6.txt.gz"))
  }

  @Test("ids equal those of OpenAI's SimpleTokenizer")
  func golden() throws {
    let tokenizer = try tokenizer().configured(contextLength: 4096)
    let texts = try GoldenText.read("OpenAI/ids.json")
    #expect(texts.count == 200)
    for text in texts {
      #expect(tokenizer.ids(for: text.text) == text.ids, "\(text.text.debugDescription)")
    }
  }

  @Test("rows are filled up with 0, and a text that is cut ends with <|endoftext|>")
  func padding() throws {
    let tokenizer = try tokenizer().configured(contextLength: 5)
    #expect(tokenizer.vocabularyCount == 49408)
    let texts = tokenizer(["a", "!", "a cat and a dog and a cat"])
    let rows = texts.padded(to: 5)
    #expect(rows.prefix(5) == [49406, 320, 49407, 0, 0])
    #expect(rows[5..<10] == [49406, 256, 49407, 0, 0])
    #expect(rows[10] == 49406 && rows[14] == 49407 && texts.truncatedCount == 1)
    #expect(texts.columns(of: 0, in: 5) == 0..<3)
  }

  @Test("the unpacked file has the same ids")
  func unpacked() throws {
    let folder = try TemporaryFolder()
    let packed = Fixtures.url("OpenAI/bpe_simple_vocab_16e6.txt.gz")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", packed.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let content = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try folder.write(content, to: "bpe_simple_vocab_16e6.txt")
    let opened = try #require(try TokenizerKind.open(folder: folder.url))
    #expect(try opened.tokenizer.ids(for: "a photo of 猫") == tokenizer().ids(for: "a photo of 猫"))
  }

  @Test("what is no such vocabulary is refused in one sentence")
  func refused() throws {
    let header = Array("#version\n".utf8)
    let packed = try [UInt8](
      Data(contentsOf: Fixtures.url("OpenAI/bpe_simple_vocab_16e6.txt.gz")))
    let files: [([UInt8], String)] = [
      ([], "it has 1 lines"), (header, "it has 2 lines"), ([0xFF], "it is not UTF-8"),
      (packed.dropLast(9), "the gzip data are cut off"),
      (header + Array(repeating: 0x0A, count: 60_000), "line 2 is not of two pieces"),
      (
        header + Array(String(repeating: "a q9\n", count: 60_000).utf8),
        "line 2 merges a piece that no line makes"
      ),
    ]
    for (bytes, problem) in files {
      let sentence = message { _ = try OpenAITokenizer(bytes: Array(bytes), name: "v.gz") }
      #expect(sentence.hasPrefix("The tokenizer v.gz cannot be used: \(problem)"), "\(sentence)")
    }
  }

  @Test(
    "long texts take linear time", .timeLimit(.minutes(1)),
    arguments: ["a", "&amp;", "&", "Σ", "<", "猫", "\u{1B}[", "&#", "amp;"])
  func long(part: String) throws {
    let text = "&" + String(repeating: part, count: 60_000)
    #expect(try tokenizer().ids(for: text).count <= 77)
  }
}
