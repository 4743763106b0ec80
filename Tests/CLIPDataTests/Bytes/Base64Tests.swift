import CLIPData
import Foundation
import Testing

struct Base64Tests {
  struct Case: Decodable {
    let text: String
    let bytes: String
  }

  @Test("base64 of every kind decodes as in Python")
  func equalsPython() throws {
    for example in try Fixture.json("base64.json", as: [Case].self) {
      #expect(Base64.decode(example.text)?.data == Data(hex: example.bytes), "\(example.text)")
    }
  }

  @Test("deviations from the plain form are counted")
  func deviations() throws {
    let plain = try #require(Base64.decode("QUJDRA=="))
    #expect(plain.foreignCharacters == 0 && !plain.isUnpadded)
    #expect(Base64.decode("QU JD\nRA==")?.foreignCharacters == 2)
    #expect(Base64.decode("QUJDRA")?.isUnpadded == true)
    #expect(Base64.decode("QUJDRA=")?.isUnpadded == true)
  }

  @Test(
    "a text that lost characters is refused", arguments: ["", "=", "Q", "QUJDR", "***", "QUJDR==="])
  func refused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("every length survives the way there and back")
  func roundTrip() {
    for count in 1...200 {
      let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) })
      #expect(Base64.decode(data.base64EncodedString())?.data == data)
    }
  }
}
