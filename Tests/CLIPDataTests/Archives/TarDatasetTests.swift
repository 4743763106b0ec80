import CLIPData
import Foundation
import TestSupport
import Testing

struct TarDatasetTests {
  @Test(
    "shards of both formats, long Chinese names, captions as text and JSON",
    arguments: ["gnu.tar", "pax.tar"])
  func formats(name: String) throws {
    let dataset = try TarDataset(shards: [Fixture.url(name)])
    #expect(try dataset.captions().map(\.text) == ["一只猫", "一只狗", "红色的汽车"])
    #expect(dataset.imageIDs() == [0, 1, 2])
    for id in dataset.imageIDs() {
      #expect(try dataset.imageData(for: id).starts(with: [0xFF, 0xD8]))
    }
    #expect(try dataset.pair(at: 2) == CaptionPair(imageID: 2, textID: 2, text: "红色的汽车"))
    #expect(throws: DataError.self) { try dataset.imageData(for: 3) }
    #expect(throws: DataError.self) { try dataset.pair(at: 3) }
  }

  @Test("several shards are numbered through")
  func severalShards() throws {
    let dataset = try TarDataset(shards: [Fixture.url("gnu.tar"), Fixture.url("pax.tar")])
    #expect(dataset.pairCount == 6)
    #expect(try dataset.imageData(for: 4) == dataset.imageData(for: 1))
  }

  @Test("truncated and changed shards are errors, never crashes")
  func damaged() throws {
    let original = try Data(contentsOf: Fixture.url("pax.tar"))
    for count in [0, 1, 511, 512, 700, 1024, 3000] {
      let folder = try TemporaryFolder()
      let file = try folder.write(original.prefix(count), to: "a.tar")
      #expect(throws: DataError.self, "\(count) bytes") { try TarDataset(shards: [file]) }
    }
    for _ in 0..<300 {
      var data = original
      data[Int.random(in: 0..<data.count)] = UInt8.random(in: 0...255)
      let folder = try TemporaryFolder()
      let file = try folder.write(data, to: "a.tar")
      guard let dataset = try? TarDataset(shards: [file], policy: .skip) else { continue }
      for id in dataset.imageIDs() { _ = try dataset.imageData(for: id) }
      _ = try? dataset.captions()
    }
  }

  @Test("compressed shards are refused with advice, incomplete samples are noted")
  func special() throws {
    let folder = try TemporaryFolder()
    let zipped = try folder.write(
      Data([0x1F, 0x8B] + [UInt8](repeating: 0, count: 600)), to: "a.tar")
    #expect { try TarDataset(shards: [zipped]) } throws: { "\($0)".contains("gunzip") }
  }
}
