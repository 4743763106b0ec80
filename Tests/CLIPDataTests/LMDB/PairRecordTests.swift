import CLIPData
import Foundation
import Testing

struct PairRecordTests {
  struct Case: Decodable {
    let imageID: Int64
    let textID: Int64
    let text: String
    let records: [String: String]
  }

  private func cases() throws -> [(pair: CaptionPair, records: [String: Data])] {
    try Fixture.json("pickles.json", as: [Case].self).map { example in
      (
        CaptionPair(
          imageID: example.imageID, textID: example.textID, text: example.text),
        example.records.mapValues { Data(hex: $0) }
      )
    }
  }

  @Test("tuples of every protocol are read, ids as text too")
  func reading() throws {
    for (pair, records) in try cases() {
      #expect(records.count == 4)
      for (version, record) in records {
        let found = try record.withUnsafeBytes { try PairRecord.decode($0, source: "test") }
        #expect(found == pair, "protocol \(version)")
      }
    }
  }

  @Test("what is written equals Python's protocol 4 byte for byte")
  func writing() throws {
    for (pair, records) in try cases() where pair.text != "名" {
      #expect(Data(PairRecord.encode(pair)) == records["4"], "\(pair)")
    }
  }

  @Test(
    "other contents are refused",
    arguments: [
      "80044b012e", "80048c016194 2e", "80044b014b024b03872e", "80044b01 4b02 862e", "80", "",
    ])
  func refused(hex: String) {
    let record = Data(hex: hex.replacing(" ", with: ""))
    #expect(throws: (any Error).self) {
      try record.withUnsafeBytes { try PairRecord.decode($0, source: "test") }
    }
  }
}
