import Foundation
import TestSupport
import Testing

@Suite("cnclip dataset stats")
struct DatasetStatsTests {
  @Test("names the pictures that cannot be decoded, and ends with 3")
  func broken() throws {
    let folder = try TemporaryFolder()
    try TinyPairs.write(4, to: folder.url.appending(path: "data"))
    let whole = try Command.run(["dataset", "stats", "data", "--split", "train"], in: folder.url)
    #expect(whole.status == 0, "\(whole)")
    let bytes = TinyPairs.bitmap(0).prefix(200).base64EncodedString()
    try folder.write(
      "100\t\(bytes)\n101\tQUJD\n102\t\(bytes)\n103\t\(bytes)\n", to: "data/train_imgs.tsv")
    let broken = try Command.run(["dataset", "stats", "data", "--split", "train"], in: folder.url)
    #expect(broken.status == 3, "\(broken)")
    #expect(broken.output.contains("broken pictures"), "\(broken)")
    #expect(broken.errors.contains("skipped: picture 101 cannot be decoded"), "\(broken)")
  }

  @Test("what --skip-broken leaves out is named, and ends with 3")
  func skipped() throws {
    let folder = try TemporaryFolder()
    try TinyPairs.write(4, to: folder.url.appending(path: "data"))
    let file = folder.url.appending(path: "data/train_texts.jsonl")
    let lines = try String(contentsOf: file, encoding: .utf8)
    try folder.write(lines + "{not JSON\n", to: "data/train_texts.jsonl")
    let stops = try Command.run(["dataset", "stats", "data", "--split", "train"], in: folder.url)
    #expect(stops.status == 1, "\(stops)")
    let outcome = try Command.run(
      ["dataset", "stats", "data", "--split", "train", "--skip-broken"], in: folder.url)
    #expect(outcome.status == 3 && outcome.errors.contains("skipped: "), "\(outcome)")
    #expect(outcome.errors.contains("train_texts.jsonl"), "\(outcome)")
  }
}
