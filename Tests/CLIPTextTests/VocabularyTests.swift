import CLIPText
import Foundation
import TestSupport
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
  @Test("the bundled vocabulary has Google's ids, also after the lines with U+2028")
  func bundled() throws {
    let vocabulary = try Vocabulary.bundled()
    #expect(vocabulary.count == 21128)
    #expect(vocabulary.paddingID == 0)
    #expect(vocabulary.unknownID == 100)
    #expect(vocabulary.classID == 101)
    #expect(vocabulary.separatorID == 102)
    #expect(vocabulary.id(of: "的") == 4638)
    #expect(vocabulary.id(of: "##😎") == 21127)
    #expect(vocabulary.id(of: "##") == 13502)
    #expect(vocabulary.piece(of: 343) == "")
    #expect(vocabulary.piece(of: 21127) == "##😎")
    #expect(vocabulary.piece(of: 21128) == nil)
    #expect(vocabulary.piece(of: -1) == nil)
    #expect(vocabulary.id(of: "") == nil)
    #expect(vocabulary.id(of: "没有这个词") == nil)
  }

  @Test("every piece is found under its own id")
  func everyPiece() throws {
    let vocabulary = try Vocabulary.bundled()
    for id in 0..<Int32(vocabulary.count) where id != 343 {
      let piece = try #require(vocabulary.piece(of: id))
      #expect(vocabulary.id(of: piece) == id)
    }
  }

  @Test("a small vocabulary with special pieces elsewhere gives the original's ids")
  func small() throws {
    let vocabulary = try Vocabulary(contentsOf: Fixtures.url("vocabulary.txt"))
    let tokenizer = try BERTTokenizer(vocabulary: vocabulary, normalization: .api)
    #expect(vocabulary.id(of: "##") == Int32(vocabulary.count - 1))
    #expect(vocabulary.id(of: "a") == 7, "the later of two equal lines counts")
    for text in try Fixtures.smallVocabularyTexts() {
      #expect(tokenizer.inner(text.text) == text.ids, "\(text.text)")
      #expect(tokenizer.pieces(for: text.text) == text.pieces, "\(text.text)")
      #expect(tokenizer.ids(for: text.text).first == 10)
      #expect(tokenizer.ids(for: text.text).last == 1)
    }
  }

  @Test("the bytes of a vocabulary make it again")
  func bytes() throws {
    let url = Fixtures.url("vocabulary.txt")
    let vocabulary = try Vocabulary(contentsOf: url)
    #expect(try vocabulary.bytes == Array(Data(contentsOf: url)))
    #expect(try Vocabulary(bytes: vocabulary.bytes).count == vocabulary.count)
  }

  @Test("lines may end with CR LF, and the last line needs no end")
  func lineEnds() throws {
    let vocabulary = try Vocabulary(bytes: "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n猫\r\n狗".bytes)
    #expect(vocabulary.count == 6)
    #expect(vocabulary.id(of: "猫") == 4)
    #expect(vocabulary.id(of: "狗") == 5)
  }

  @Test("a vocabulary without continuation pieces has whole words only")
  func noContinuation() throws {
    let vocabulary = try Vocabulary(bytes: "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nab\n".bytes)
    let tokenizer = try BERTTokenizer(vocabulary: vocabulary)
    #expect(tokenizer.inner("ab a aba") == [5, 4, 1])
  }

  @Test("an empty vocabulary is refused")
  func empty() {
    #expect(throws: CLIPTextError.vocabularyEmpty(file: "given")) { try Vocabulary(bytes: []) }
  }

  @Test("a missing special piece is named", arguments: ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
  func lacksSpecial(piece: String) {
    let lines = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "猫"].filter { $0 != piece }
    #expect(throws: CLIPTextError.vocabularyLacks(piece: piece, file: "given")) {
      try Vocabulary(bytes: lines.joined(separator: "\n").bytes)
    }
  }

  @Test("a line that is not UTF-8 is named by its number")
  func notUTF8() {
    for line in [[0xFF], [0xE4, 0xBD], [0x61, 0x80], [0xED, 0xA0, 0x80]] as [[UInt8]] {
      let sentence = message {
        _ = try Vocabulary(bytes: Array("[PAD]\n[UNK]\n".utf8) + line + Array("\n[CLS]\n".utf8))
      }
      #expect(sentence.hasPrefix("Line 3 of the vocabulary given is not UTF-8; "), "\(sentence)")
    }
  }

  @Test("a file that is too large is refused, one without end too")
  func tooLarge() {
    let large = [UInt8](repeating: UInt8(ascii: "\n"), count: Vocabulary.maximumSize + 1)
    #expect(
      throws: CLIPTextError.vocabularyTooLarge(file: "given", limit: Vocabulary.maximumSize)
    ) {
      try Vocabulary(bytes: large)
    }
    #expect(
      throws: CLIPTextError.vocabularyTooLarge(file: "/dev/zero", limit: Vocabulary.maximumSize)
    ) {
      try Vocabulary(contentsOf: URL(fileURLWithPath: "/dev/zero"))
    }
  }

  @Test(
    "a missing file and a folder are refused by name",
    arguments: [("/nowhere/vocab.txt", "there is no such file"), ("/", "it is a folder")])
  func unreadable(path: String, reason: String) {
    #expect(throws: CLIPTextError.vocabularyUnreadable(file: path, reason: reason)) {
      try Vocabulary(contentsOf: URL(fileURLWithPath: path))
    }
  }

  @Test("a vocabulary of random bytes is refused or read, never a trap")
  func randomBytes() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let alphabet: [UInt8] = [0x0A, 0x0D, 0x20, 0x23, 0x5B, 0x61, 0xC3, 0xA9, 0xE2, 0x80, 0xA8]
      var bytes = Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\n".utf8)
      for _ in 0..<100 { bytes.append(alphabet.randomElement(using: &random) ?? 0) }
      if let vocabulary = try? Vocabulary(bytes: bytes) {
        #expect(
          vocabulary.count == String(decoding: bytes, as: UTF8.self).utf8.split(
            separator: 0x0A, omittingEmptySubsequences: false
          ).count - (bytes.last == 0x0A ? 1 : 0))
      }
    }
  }
}

extension String {
  fileprivate var bytes: [UInt8] { Array(utf8) }
}
