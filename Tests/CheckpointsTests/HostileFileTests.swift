import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Hostile files")
struct HostileFileTests {
  static let files = [
    "chinese-clip.pt", "chinese-clip-legacy.pt", "openai-clip.pt", "views.pt", "views-legacy.pt",
    "views-protocol4.pt", "bert-gamma.bin", "hf/model.safetensors",
  ]

  @Test("a file cut off anywhere is an error that says so", arguments: files)
  func truncation(name: String) throws {
    let bytes = try fixtureBytes(name)
    let folder = try TemporaryFolder()
    try exercise(bytes, in: folder)
    for count in stride(from: 1, to: bytes.count, by: 97) {
      let refusal = message { try exercise(Array(bytes[..<count]), in: folder) }
      #expect(!refusal.isEmpty, "\(count) bytes of \(name) were accepted")
    }
    #expect(message { try exercise(Array(bytes.dropLast()), in: folder) } != "")
  }

  // In a process of its own: the peak of this one is everybody's.
  @Test("changed bytes give an error or tensors, never a crash or much memory")
  func mutation() async {
    await #expect(processExitsWith: .success) {
      let before = try peakMemory()
      for name in HostileFileTests.files {
        let refusals = try HostileFileTests.refusals(changing: name)
        #expect(refusals > 0, "\(name)")
      }
      #expect(try peakMemory() - before < 1 << 29)
    }
  }

  /// How many of 500 copies of a file with a few other bytes are refused.
  private static func refusals(changing name: String) throws -> Int {
    let bytes = try fixtureBytes(name)
    let folder = try TemporaryFolder()
    var generator = SplitMix(state: UInt64(name.utf8.count))
    var refusals = 0
    for _ in 0..<500 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        // Structure is at the start and at the end of every container.
        let region = Int.random(in: 0..<4, using: &generator)
        let window = min(4000, bytes.count)
        let index =
          switch region {
          case 0, 1: Int.random(in: 0..<window, using: &generator)
          case 2: bytes.count - 1 - Int.random(in: 0..<window, using: &generator)
          default: Int.random(in: 0..<bytes.count, using: &generator)
          }
        changed[index] =
          [0, 0xff, 0x7f, 0x80].randomElement(using: &generator)
          ?? UInt8.random(in: 0...255, using: &generator)
        if Bool.random(using: &generator) {
          changed[index] = UInt8.random(in: 0...255, using: &generator)
        }
      }
      if !message({ try exercise(changed, in: folder) }).isEmpty { refusals += 1 }
    }
    return refusals
  }

  @Test("an index of shards cannot reach outside its folder")
  func indexPaths() throws {
    let folder = try TemporaryFolder()
    let inside = folder.url.appendingPathComponent("model")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    let weights = checkpointFixture("hf/model.safetensors")
    let outside = folder.url.appendingPathComponent("outside.safetensors")
    try FileManager.default.copyItem(at: weights, to: outside)
    let link = inside.appendingPathComponent("link.safetensors")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: outside)
    for path in [
      "../outside.safetensors", outside.path, "link.safetensors", "..", ".hidden", "", "a/b",
      "x\\\\y", "nul\\u0000",
    ] {
      let index = #"{"weight_map": {"logit_scale": "\#(path)"}}"#
      try Data(index.utf8).write(to: inside.appendingPathComponent("model.safetensors.index.json"))
      #expect(
        message { _ = try Checkpoint.open(inside) }
          .contains("not a plain file of the same folder"), "\(path)")
    }
  }

  @Test("the links of the Hugging Face cache are followed")
  func cacheLinks() throws {
    let folder = try TemporaryFolder()
    let blobs = folder.url.appendingPathComponent("blobs")
    let snapshot = folder.url.appendingPathComponent("snapshots/0123")
    for url in [blobs, snapshot] {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    let source = checkpointFixture("hf-shards")
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(name), to: blobs.appendingPathComponent(name))
      try FileManager.default.createSymbolicLink(
        atPath: snapshot.appendingPathComponent(name).path,
        withDestinationPath: "../../blobs/\(name)")
    }
    #expect(try Checkpoint.open(snapshot).names.count == 79)
  }

  @Test("an index that promises more than its shards hold, or that is no index, is an error")
  func indexLies() throws {
    let folder = try TemporaryFolder()
    let index = try folder.file("model.safetensors.index.json")
    try FileManager.default.copyItem(
      at: checkpointFixture("hf/model.safetensors"),
      to: folder.url.appendingPathComponent("a.safetensors"))
    try Data(#"{"weight_map": {"absent": "a.safetensors"}}"#.utf8).write(to: index)
    #expect(message { _ = try Checkpoint.open(folder.url) }.contains("lacks the tensor absent"))
    for text in ["{}", "[1]", #"{"weight_map": {}}"#, #"{"weight_map": 3}"#, "\u{0}"] {
      try Data(text.utf8).write(to: index)
      #expect(message { _ = try Checkpoint.open(folder.url) }.contains("weight_map"), "\(text)")
    }
    try Data(String(repeating: "[", count: 100_000).utf8).write(to: index)
    #expect(message { _ = try Checkpoint.open(folder.url) }.contains("weight_map"))
  }
}
