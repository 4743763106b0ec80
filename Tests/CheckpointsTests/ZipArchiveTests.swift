import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Zip archives")
struct ZipArchiveTests {
  private let storage = [UInt8](repeating: 0x3f, count: 16)

  private func refusal(_ archive: ForgedArchive) throws -> String {
    let folder = try TemporaryFolder()
    return message { try exercise(archive.bytes, in: folder) }
  }

  private func archive(_ change: (inout ForgedArchive) -> Void) -> ForgedArchive {
    var archive = ForgedArchive.pyTorch(ForgedTensor().bytes, storage: storage)
    change(&archive)
    return archive
  }

  @Test("an honest archive is read, in the 64-bit form and with a comment too")
  func honest() throws {
    #expect(try refusal(archive { _ in }) == "")
    #expect(try refusal(archive { $0.usesLargeForm = true }) == "")
    #expect(try refusal(archive { $0.comment = Array("a comment".utf8) }) == "")
  }

  @Test("archives that lie about their entries are refused")
  func lies() throws {
    let cases: [(String, (inout ForgedArchive) -> Void)] = [
      ("has two names", { $0.entries[1].offset = 0 }),
      ("has two names", { $0.entries[0].localName = "b/data.pkl" }),
      ("ends too early", { $0.entries[1].size = 100_000 }),
      ("ends too early", { $0.entries[1].offset = 0xffff_fff0 }),
      ("not where listed", { $0.entries[1].offset = 3 }),
      ("lies about its size", { $0.entries[1].uncompressedSize = 3 }),
      ("is encrypted", { $0.entries[1].flags = 1 }),
      ("is compressed", { $0.entries[1].method = 8 }),
      ("does not fit the file", { $0.count = 1000 }),
      ("does not fit the file", { $0.directoryOffset = 0x7fff_ffff }),
      ("has a gap", { $0.directoryOffset = 5 }),
      ("names a/data/0 twice", { $0.entries.append($0.entries[1]) }),
      ("2 entries named data.pkl", { $0.entries[1].name = "b/data.pkl" }),
      ("0 entries named data.pkl", { $0.entries[0].name = "a/other.pkl" }),
    ]
    for (expected, change) in cases {
      let found = try refusal(archive(change))
      #expect(found.contains(expected), "\(expected): \(found)")
    }
  }

  @Test("entries that share bytes are refused")
  func overlap() throws {
    // The storage's record says that it is as long as everything after it, the next entry included.
    let forged = archive {
      $0.entries.append(.init(name: "a/extra", data: storage))
      $0.entries[1].size = 40
    }
    #expect(try refusal(forged).contains("entries of the archive overlap"))
  }

  @Test("what is written in the 64-bit form is read again")
  func largeForm() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint.open(checkpointFixture("chinese-clip.pt"))
    for threshold in [0, 300, 3000] {
      let url = try folder.file("large-\(threshold).pt")
      try checkpoint.writePyTorch(to: url, largeFrom: threshold)
      #expect(try Checkpoint.open(url).content() == checkpoint.content())
    }
  }
}
