import Foundation
import TestSupport
import Testing

/// Every command that reads a text, given one that is not what it should be.
@Suite("Texts given to the command")
struct TextInputTests {
  /// `一只猫\n海边的日落\n` in GBK.
  private static let gbk = Data([
    0xD2, 0xBB, 0xD6, 0xBB, 0xC3, 0xA8, 0x0A, 0xBA, 0xA3, 0xB1, 0xDF, 0xB5, 0xC4, 0xC8, 0xD5,
    0xC2, 0xE4, 0x0A,
  ])

  @Test(
    "a list in GBK is named with its line, its encoding and the command that converts it",
    arguments: [
      ["embed", "texts", "g.txt"], ["tokenize", "g.txt"], ["embed", "texts", "g.txt", "--jsonl"],
      ["tokenize", "ok.txt", "--vocab", "g.txt"], ["train", "g.txt", "--output", "run"],
      ["dataset", "import", "t", "--labels", "g.txt", "--form", "classes", "--output", "out"],
      ["dataset", "import", "t", "--black-list", "g.txt", "--form", "classes", "--output", "out"],
      ["dataset", "import", "g.csv", "--form", "table", "--output", "out"],
      ["dataset", "import", "captions", "--form", "captions", "--output", "out"],
      ["serve", "--library", "l", "--create", "--token-file", "g.txt", "--port", "0"],
    ])
  func gbk(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gbk, to: "g.txt")
    try folder.write(Data("image,caption\n".utf8) + Self.gbk, to: "g.csv")
    try folder.write("ok\n", to: "ok.txt")
    try folder.write(Pixel.png, to: "t/cat/a.png")
    try folder.write(Pixel.png, to: "captions/a.png")
    try folder.write(Self.gbk, to: "captions/a.txt")
    let outcome = try Command.run(arguments, in: folder.url)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.lowercased().contains("line "), "\(outcome)")
    #expect(outcome.errors.contains("UTF-8"), "\(outcome)")
    if !arguments.contains("--vocab") { #expect(outcome.errors.contains("iconv"), "\(outcome)") }
    #expect(outcome.output.isEmpty && !folder.content.contains("out"), "\(outcome)")
  }

  @Test("standard input is read by the same rule")
  func standardInput() throws {
    for arguments in [["tokenize", "-"], ["embed", "texts", "-"]] {
      let outcome = try Command.run(arguments, input: Self.gbk)
      #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains("standard input, line 2: byte 1 is not UTF-8"), "\(outcome)")
    }
  }

  @Test("a byte-order mark and CRLF change nothing")
  func mark() throws {
    let folder = try TemporaryFolder()
    try folder.write("猫\n狗\n", to: "plain.txt")
    try folder.write("\u{FEFF}猫\r\n狗\r\n", to: "windows.txt")
    let plain = try Command.run("embed", "texts", "plain.txt", in: folder.url)
    #expect(plain.status == 0 && plain.lines.count == 2, "\(plain)")
    #expect(try Command.run("embed", "texts", "windows.txt", in: folder.url).output == plain.output)
  }

  @Test("half of an emoji in a line of JSON is U+FFFD, which no token knows")
  func halfSurrogate() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"text_id": 1, "text": "猫\ud83d"}"# + "\n", to: "half.jsonl")
    try folder.write(#"{"text_id": 1, "text": "猫"}"# + "\n", to: "whole.jsonl")
    let outcomes = try ["half.jsonl", "whole.jsonl"].map {
      try Command.run("embed", "texts", "--jsonl", $0, in: folder.url)
    }
    #expect(outcomes[0].status == 0, "\(outcomes[0])")
    #expect(outcomes[0].output == outcomes[1].output)
  }

  @Test("a TSV with a byte-order mark and with prefixes around the base64 text")
  func prefixes() throws {
    let folder = try TemporaryFolder()
    let text = Pixel.png.base64EncodedString()
    let lines = [text, "data:image/png;base64,\(text)", "b'\(text)'", "\"\(text)\""]
    let table = lines.enumerated().map { "\($0.offset)\t\($0.element)\n" }.joined()
    try folder.write("\u{FEFF}" + table, to: "x_imgs.tsv")
    let outcome = try Command.run("embed", "images", "--tsv", "x_imgs.tsv", in: folder.url)
    #expect(outcome.status == 0 && outcome.lines.count == 4, "\(outcome)")
    let vectors = outcome.lines.map { $0.drop { $0 != "[" } }
    #expect(Set(vectors).count == 1)
  }

  private static let quotes = "image\tcaption\na.png\t\"一寸照片\nb b.png\t太阳\nc.png\t蓝色\"\n"

  @Test(
    "quotation marks in a table: three pairs, or a question",
    arguments: [
      ("t.tsv", quotes, [String](), "3 pairs"),
      ("t.tsv", quotes, ["--quoting", "none"], "3 pairs"),
      ("t.tsv", quotes, ["--quoting", "csv"], "1 pairs"),
      ("t.csv", quotes.replacing("\t", with: ","), [], "line 2: a quotation mark opens a field"),
      ("t.csv", quotes.replacing("\t", with: ","), ["--quoting", "none"], "3 pairs"),
      ("t.csv", quotes.replacing("\t", with: ","), ["--quoting", "csv"], "1 pairs"),
      ("t.tsv", "image\tcaption\na.png\t\"红 \"\"花\"\"\"\nc.png\t\"红\" 的\n", [], "2 pairs"),
      ("t.csv", "image,caption\na.png,\"一行,\n两行\"\n", [], "1 pairs"),
    ])
  func quoting(name: String, table: String, options: [String], expected: String) throws {
    let folder = try TemporaryFolder()
    for picture in ["a.png", "b b.png", "c.png"] { try folder.write(Pixel.png, to: picture) }
    try folder.write(table, to: name)
    let outcome = try Command.run(
      ["dataset", "import", name, "--output", "out"] + options, in: folder.url)
    #expect((outcome.output + outcome.errors).contains(expected), "\(outcome)")
    #expect(outcome.status == (expected.hasSuffix("pairs") ? 0 : 1), "\(outcome)")
  }

  @Test("escapes in names are shown, not obeyed")
  func escapes() throws {
    let folder = try TemporaryFolder()
    let name = "a\u{1B}[31m\n\u{9B}2J\u{202E}gpj.png"
    try folder.write("no picture", to: name)
    let outcome = try Command.run(["embed", "images", name], in: folder.url)
    #expect(
      !outcome.errors.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" }, "\(outcome)")
    #expect(outcome.errors.contains(#"a\u{1b}[31m\u{a}\u{9b}2J\u{202e}gpj.png"#), "\(outcome)")
    let failed = try Command.run(["inspect", name], in: folder.url)
    #expect(failed.status == 1 && failed.errors.contains(#"a\u{1b}[31m\u{a}"#), "\(failed)")
  }
}

/// A picture of one pixel.
enum Pixel {
  static let png =
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    )
    ?? Data()
}
