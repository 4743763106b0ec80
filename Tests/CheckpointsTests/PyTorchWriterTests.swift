import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Writing .pt files")
struct PyTorchWriterTests {
  @Test("what is written comes back bit by bit, with its facts")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    for name in ["chinese-clip.pt", "views.pt", "chinese-clip-fp16.pt", "hf"] {
      let checkpoint = try Checkpoint.open(checkpointFixture(name))
      for layout in [PyTorchLayout.chineseCLIP, .stateDictionary] {
        let url = try folder.file("out.pt")
        try checkpoint.writePyTorch(to: url, layout: layout)
        let again = try Checkpoint.open(url)
        #expect(again.names == checkpoint.names)
        #expect(try again.content() == checkpoint.content())
        guard layout == .chineseCLIP else { continue }
        #expect(again.metadata["epoch"] == checkpoint.metadata["epoch"] ?? .integer(0))
        #expect(again.metadata["step"] == checkpoint.metadata["step"] ?? .integer(0))
      }
    }
  }

  @Test("storages begin at multiples of 64 bytes, and equal models make equal files")
  func layout() throws {
    let folder = try TemporaryFolder()
    let tensor = try CheckpointTensor(.uint8, shape: [5], bytes: Array("SIGN!".utf8))
    let checkpoint = try Checkpoint([("a", tensor), ("b", tensor)])
    let first = try folder.file("a.pt")
    let second = try folder.file("b.pt")
    try checkpoint.writePyTorch(to: first)
    try checkpoint.writePyTorch(to: second)
    let bytes = try Data(contentsOf: first)
    #expect(try Data(contentsOf: second) == bytes)
    let places = bytes.indices.filter { bytes[$0...].starts(with: "SIGN!".utf8) }
    #expect(places.count == 2)
    #expect(places.allSatisfy { $0.isMultiple(of: 64) })
  }

  @Test("a failure halfway leaves an existing file as it was, and nothing else")
  func failure() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("model.pt", Array("old".utf8))
    let good = try CheckpointTensor(.uint8, shape: [1 << 20]) {
      [UInt8](repeating: 0, count: 1 << 20)
    }
    let bad = try CheckpointTensor(.uint8, shape: [1]) {
      throw CheckpointError.outOfRange(tensor: "bad", type: .float16, value: 1e9)
    }
    let checkpoint = try Checkpoint([("good", good), ("bad", bad)])
    #expect(throws: CheckpointError.self) { try checkpoint.writePyTorch(to: url) }
    #expect(throws: CheckpointError.self) { try checkpoint.writeSafetensors(to: url) }
    #expect(folder.content == ["model.pt"])
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
    let absent = folder.url.appendingPathComponent("no/such/folder/model.pt")
    #expect(message { try checkpoint.writePyTorch(to: absent) }.contains("nothing half-written"))
  }
}
