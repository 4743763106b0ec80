import CLIPText
import Testing

@Suite("Hostile texts")
struct HostileTextTests {
  @Test("malformed UTF-8 is passed over, as Python's errors=\"ignore\" does")
  func malformed() throws {
    let tokenizer = try BERTTokenizer.api()
    let cat = Array("猫".utf8)
    let malformed: [[UInt8]] = [
      cat + [0xFF] + cat,
      cat + [0xE7, 0x8C] + cat,  // a sequence that ends early
      cat + cat.dropLast(),  // at the end of the text
      [0x80, 0xBF] + cat + [0xC0, 0xAF] + cat,  // lone continuations, overlong
      cat + [0xED, 0xA0, 0x80] + cat,  // a surrogate
      cat + [0xF4, 0x90, 0x80, 0x80] + cat,  // beyond U+10FFFF
      cat + [0xF0, 0x80, 0x80, 0x80] + cat + [0xF0],
    ]
    let texts = tokenizer(utf8: malformed)
    let single = tokenizer.ids(for: "猫")
    let double = tokenizer.ids(for: "猫猫")
    #expect(
      (0..<malformed.count).map { Array(texts[$0]) }
        == [double, double, single, double, double, double, double])
  }

  @Test("malformed bytes around a sigma do not hide its neighbours")
  func malformedBesideSigma() throws {
    let tokenizer = try BERTTokenizer.api()
    let junk: [UInt8] = [0xCE, 0xE2, 0x80, 0xFF]
    let texts = tokenizer(utf8: [
      Array("Α".utf8) + junk + Array("Σ".utf8) + junk,
      Array("Α".utf8) + junk + Array("Σ".utf8) + junk + Array("Α".utf8),
    ])
    #expect(Array(texts[0]) == tokenizer.ids(for: "ας"))
    #expect(Array(texts[1]) == tokenizer.ids(for: "ασα"))
  }

  @Test("bytes in other collections have the same ids")
  func otherCollections() throws {
    let tokenizer = try BERTTokenizer.api()
    let texts = ["一只可爱的小猫", "iPhone14ProMax", "ΟΔΟΣ"]
    #expect(tokenizer(utf8: texts.map(\.utf8)) == tokenizer(texts))
    #expect(tokenizer(utf8: texts.map { Array($0.utf8).reversed().reversed() }) == tokenizer(texts))
    #expect(tokenizer(utf8: texts.map { $0.utf8.lazy.map { $0 } }) == tokenizer(texts))
  }

  /// What is repeated two million times; quadratic time would be hours.
  static let repeated = ["a", " ", "\u{301}", "\u{1D165}\u{302E}", "Σ'", "猫", "한", "\u{0}"]

  @Test("very long texts take linear time", .timeLimit(.minutes(1)), arguments: repeated)
  func veryLong(part: String) throws {
    let text = "A" + String(repeating: part, count: 2_000_000)
    let texts = try BERTTokenizer.api()([text, "猫"])
    #expect(texts.length(of: 0) <= 52)
    #expect(Array(texts[1]) == [101, 4344, 102])
  }

  @Test(
    "sigmas far apart in a text of ignorable characters take linear time", .timeLimit(.minutes(1)))
  func manySigmas() throws {
    // No word ends, so nothing stops the reading, and every sigma looks for its neighbours.
    let text = String(repeating: "Σ\u{AD}\u{AD}\u{AD}\u{AD}\u{AD}\u{AD}\u{AD}", count: 300_000)
    #expect(try BERTTokenizer.api()([text]).ids == [101, 100, 102])
  }
}
