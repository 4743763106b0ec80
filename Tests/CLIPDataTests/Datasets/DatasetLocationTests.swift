import CLIPData
import Foundation
import TestSupport
import Testing

struct DatasetLocationTests {
  @Test("source files come first, then the database, then shards")
  func order() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    try folder.write("", to: "train-00.tar")
    try folder.write("", to: "train-01.tar")
    guard case .shards(let shards) = try DatasetLocation.find(path, split: "train") else {
      Issue.record("expected shards")
      return
    }
    #expect(shards.map(\.lastPathComponent) == ["train-00.tar", "train-01.tar"])
    try folder.write("", to: "lmdb/train/pairs/data.mdb")
    try folder.write("", to: "lmdb/train/imgs/data.mdb")
    let database = folder.url.appendingPathComponent("lmdb").appendingPathComponent("train")
    #expect(try DatasetLocation.find(path, split: "train") == .database(database))
    try folder.write("", to: "train_imgs.tsv")
    #expect(try DatasetLocation.find(path, split: "train") == .database(database))
    try folder.write("", to: "train_texts.jsonl")
    guard case .sourceFiles = try DatasetLocation.find(path, split: "train") else {
      Issue.record("expected source files")
      return
    }
  }

  @Test("the message says what is there instead")
  func messages() throws {
    let folder = try TemporaryFolder()
    #expect { try DatasetLocation.find(folder.url.path, split: "train") } throws: {
      "\($0)".contains("it is empty")
    }
    try folder.write("", to: "valid_texts.jsonl")
    #expect { try DatasetLocation.find(folder.url.path, split: "train") } throws: {
      "\($0)".contains("splits there are valid")
    }
    #expect { try DatasetLocation.find(folder.url.path, split: "valid") } throws: {
      "\($0)".contains("valid_imgs.tsv is missing")
    }
  }

  @Test("shard patterns count with leading zeros")
  func patterns() throws {
    #expect(
      try ShardPattern.expand("/d/{08..11}-{1..2}.tar").map(\.path) == [
        "/d/08-1.tar", "/d/08-2.tar", "/d/09-1.tar", "/d/09-2.tar", "/d/10-1.tar", "/d/10-2.tar",
        "/d/11-1.tar", "/d/11-2.tar",
      ])
    for wrong in ["{5..1}.tar", "{0..9999999}.tar", "{0..9999}{0..9999}.tar"] {
      #expect(throws: DataError.self) { try ShardPattern.expand(wrong) }
    }
  }
}
