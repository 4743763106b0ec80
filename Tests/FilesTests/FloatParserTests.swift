import Files
import Testing

struct FloatParserTests {
  struct Case: Decodable {
    let text: String
    let bits: UInt32
  }

  private func parse(_ text: String) -> Float? {
    Array(text.utf8).withUnsafeBytes { FloatParser.parse($0) }
  }

  @Test("decimal texts round to the nearest float, ties to even")
  func nearest() throws {
    let cases = try Fixture.json("floats.json", as: [Case].self)
    #expect(cases.count > 200)
    for example in cases {
      let found = parse(example.text)?.bitPattern
      #expect(found == example.bits, "\(example.text)")
    }
  }

  @Test(
    "what is no number is refused",
    arguments: [
      "", "-", "+1", ".5", "1.", "1e", "1e+", "nan", "Infinity", "0x10", "1 2", "--1", "1.2.3",
    ])
  func refused(text: String) {
    #expect(parse(text) == nil)
  }
}
