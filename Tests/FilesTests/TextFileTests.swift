import Files
import Foundation
import TestSupport
import Testing

@Suite("Texts")
struct TextFileTests {
  /// `一只猫\n海边的日落\n` in GBK, as `iconv -t gbk` writes it.
  static let gbk: [UInt8] = [
    0xD2, 0xBB, 0xD6, 0xBB, 0xC3, 0xA8, 0x0A, 0xBA, 0xA3, 0xB1, 0xDF, 0xB5, 0xC4, 0xC8, 0xD5,
    0xC2, 0xE4, 0x0A,
  ]

  private func problem(_ bytes: [UInt8]) throws -> String {
    let error = #expect(throws: FileError.self) { try TextFile(bytes, path: "g.txt") }
    return "\(try #require(error))"
  }

  @Test(
    "lines end in LF or CRLF, a byte-order mark is no text, empty lines count",
    arguments: [
      ("\u{FEFF}猫\r\n\r\n狗", ["猫", "", "狗"]), ("a\u{2028}b\u{85}c\n", ["a\u{2028}b\u{85}c"]),
      ("", []), ("\n", [""]), ("a\rb\n", ["a\rb"]), ("привет\nça é\n", ["привет", "ça é"]),
    ])
  func lines(text: String, expected: [String]) throws {
    #expect(try TextFile(Array(text.utf8), path: "t").lines() == expected)
  }

  @Test("GBK is recognised, with line, byte and the command that converts it")
  func gbk() throws {
    #expect(
      try problem(Self.gbk)
        == "g.txt, line 2: byte 1 is not UTF-8; it looks like GBK: convert it with "
        + "\"iconv -f GB18030 -t UTF-8 g.txt > g.txt.utf8\".")
    // The first line alone is sound UTF-8: Cyrillic, Hebrew and Latin letters side by side.
    #expect(
      try problem(Array(Self.gbk[..<7])).contains("line 1: byte 1 could be UTF-8, but it looks"))
  }

  @Test("UTF-16 is recognised, with and without its mark")
  func utf16() throws {
    let text = "一只cat\n"
    let marked: [UInt8] =
      [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let low: [UInt8] = "cat\n".utf8.flatMap { [$0, 0] }
    let high: [UInt8] = "cat\n".utf8.flatMap { [0, $0] }
    for (bytes, code) in [(marked, "UTF-16 "), (low, "UTF-16LE"), (high, "UTF-16BE")] {
      #expect(try problem(bytes).contains("iconv -f \(code)"), "\(code)")
    }
    let folder = try TemporaryFolder()
    let file = try folder.write(Data([0xFF, 0xFE, 0x31, 0, 0x0A, 0]), to: "it's.tsv")
    let error = #expect(throws: FileError.self) { try MappedFile.text(file) }
    #expect(
      "\(try #require(error))".contains(#"iconv -f UTF-16 -t UTF-8 '\#(folder.path)/it'\''s.tsv'"#))
  }

  @Test("other bytes, zeros and endless lines are one sentence")
  func others() throws {
    #expect(try problem([0x61, 0x0A, 0x61, 0xFF]).contains("line 2: byte 2 is not UTF-8; save it"))
    #expect(
      try problem(Array("ok\nno".utf8) + [0] + Array("t\n".utf8)).contains("line 2: byte 3 is zero")
    )
    let long = [UInt8](repeating: 0x61, count: TextFile.maximumLine + 1)
    #expect(try problem(long).contains("line 1: it has 1048577 bytes"))
    #expect(try TextFile(Array(long.dropLast()), path: "t").lines().count == 1)
  }

  @Test("folders, missing files and texts that are too large are named; a pipe is read")
  func places() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.unreadable(path: folder.path, reason: "it is a folder")) {
      try TextFile(folder.url)
    }
    let none = folder.url.appending(path: "none")
    #expect(throws: FileError.unreadable(path: none.path, reason: "no such file or folder")) {
      try TextFile(none)
    }
    let large = try folder.write([UInt8](repeating: 0x0A, count: 100), to: "large")
    #expect(throws: FileError.self) { try TextFile(large, maximumSize: 99) }
    #expect(try TextFile(large, maximumSize: 100).lines().count == 100)
  }

  @Test("the first invalid byte is that of Swift's own decoder, whatever the bytes")
  func validation() {
    var random = SplitMix(state: 7)
    let pieces: [[UInt8]] = [
      Array("猫".utf8), Array("🌸".utf8), Array("é".utf8), Array("plain ascii".utf8),
      [0xED, 0xA0, 0x80],
      [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8], [0x80], [0xF0, 0x9F, 0x8C], [0xFF],
    ]
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }
      let found = bytes.withUnsafeBytes { UTF8Check.firstInvalid(in: $0) }
      #expect((found == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
      if let found { #expect(String(validating: bytes[..<found], as: UTF8.self) != nil) }
    }
  }

  @Test("names that are not UTF-8 stay different")
  func names() {
    func name(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { String(escapingInvalid: $0) } }
    #expect(name(Array("猫.jpg".utf8)) == "猫.jpg")
    #expect(name([0xB0, 0xA1, 0x2E]) == #"\xb0\xa1."#)
    #expect(name([0xB0, 0xA1]) != name([0xB0, 0xA2]))
  }

  @Test(
    "half surrogates in a document become U+FFFD, whole pairs and other escapes stay",
    arguments: [
      (#"{"text":"猫\ud83d"}"#, "猫\u{FFFD}"), (#"{"text":"\ud83c\udf38"}"#, "🌸"),
      (#"{"text":"\\ud83d"}"#, #"\ud83d"#),
      (#"{"text":"\udf38\ud83c\ud83c\udf38"}"#, "\u{FFFD}\u{FFFD}🌸"),
      (#"{"text":"a\nb"}"#, "a\nb"),
    ])
  func halfSurrogates(json: String, expected: String) throws {
    struct Document: Decodable { let text: String }
    let data = HalfSurrogates.replaced(in: Data(json.utf8))
    #expect(try JSONDecoder().decode(Document.self, from: data).text == expected)
  }

  @Test("controls and marks of direction are shown, all else stays")
  func visible() {
    #expect("a\u{1B}[31m\n\u{9B}\u{202E}b".showingControls == #"a\u{1b}[31m\u{a}\u{9b}\u{202e}b"#)
    #expect("猫 é 🌸".showingControls == "猫 é 🌸")
  }
}
