import Files
import Testing

struct JSONScannerTests {
  private func scan<Result>(
    _ text: String, _ body: (inout JSONScanner) throws -> Result
  ) throws -> Result {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      let result = try body(&scanner)
      try scanner.end()
      return result
    }
  }

  @Test("strings with every escape are read")
  func strings() throws {
    let text = #" "a\"b\\c\/d\b\f\n\r\t\u4e2d\ud83c\udf38é花" "#
    #expect(try scan(text) { try $0.string() } == "a\"b\\c/d\u{8}\u{C}\n\r\t中🌸é花")
  }

  @Test(
    "wrong strings are refused",
    arguments: [
      #""abc"#, #""a\x""#, #""\u12""#, #""\u00zz""#, #""\ud83c\u12""#,
      "\"a\nb\"", "\"a\tb\\n\"", #""\"#, "'a'",
    ])
  func wrongStrings(text: String) {
    #expect(throws: JSONProblem.self) { try scan(text) { try $0.string() } }
  }

  @Test(
    "half of a surrogate pair, as a text cut in an emoji has it, becomes U+FFFD",
    arguments: [
      (#""猫\ud83d""#, "猫\u{FFFD}"), (#""\ud83cx""#, "\u{FFFD}x"),
      (#""\udf38\ud83c""#, "\u{FFFD}\u{FFFD}"), (#""\ud83c\ud83c\udf38""#, "\u{FFFD}🌸"),
      (#""\ud83c\n""#, "\u{FFFD}\n"), (#""\ud83c \udf38""#, "\u{FFFD} \u{FFFD}"),
    ])
  func halfSurrogates(text: String, expected: String) throws {
    #expect(try scan(text) { try $0.string() } == expected)
  }

  @Test("null is told from strings and numbers")
  func null() throws {
    #expect(try scan("null") { try $0.optionalString() } == nil)
    #expect(try scan(#""null""#) { try $0.optionalString() } == "null")
    #expect(try scan("7") { $0.takeNull() ? 0 : try $0.integer() } == 7)
    #expect(throws: JSONProblem.self) { try scan("nul") { try $0.optionalString() } }
  }

  @Test("counts are whole numbers from 0")
  func counts() throws {
    #expect(try scan("[0, 12]") { try $0.counts() } == [0, 12])
    for wrong in ["[-1]", "[1.5]", "[99999999999999999999]", "7"] {
      #expect(throws: JSONProblem.self, "\(wrong)") { try scan(wrong) { try $0.counts() } }
    }
  }

  @Test("bytes that are not UTF-8 are refused, with and without escapes")
  func invalidUTF8() {
    for tail in [[UInt8](), Array(#"\n"#.utf8)] {
      let bytes: [UInt8] = [0x22, 0xE4, 0xB8] + tail + [0x22]
      #expect(throws: JSONProblem.self) {
        try bytes.withUnsafeBytes {
          var scanner = JSONScanner($0)
          return try scanner.string()
        }
      }
    }
  }

  @Test("whole numbers keep all 64 bits")
  func integers() throws {
    for value in [0, -1, 7_454_547_004, Int64.max, Int64.min] {
      #expect(try scan("\(value)") { try $0.integer() } == value)
    }
    for text in ["9223372036854775808", "-9223372036854775809", "1.0", "1e3", "true", "\"1\"", ""] {
      #expect(throws: JSONProblem.self) { try scan(text) { try $0.integer() } }
    }
  }

  @Test("values of every kind can be skipped")
  func skipping() throws {
    let text = #"{"a": [1, -2.5e3, {"b": [null, true, false, "x\u0041"]}], "c": {}, "d": []}"#
    try scan(text) { try $0.skip() }
    for wrong in ["{", "[1,]", "[1 2]", "{\"a\" 1}", "{\"a\": nul}", "[1]]", "{\"a\":1,}", "[+1]"] {
      #expect(throws: JSONProblem.self, "\(wrong)") { try scan(wrong) { try $0.skip() } }
    }
  }

  @Test("nesting without end is refused, not followed")
  func deepNesting() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: JSONProblem.self) { try scan(text) { try $0.skip() } }
  }

  @Test("the problem names the byte")
  func column() {
    #expect {
      try scan(#"{"text_id": 1x}"#) { try $0.skip() }
    } throws: {
      ($0 as? JSONProblem)?.column == 15
    }
  }
}
