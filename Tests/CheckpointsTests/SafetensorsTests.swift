import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  private func file(_ header: String, data: Int = 8) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + Array(header.utf8) + [UInt8](repeating: 7, count: data)
  }

  private func refusal(_ header: String, data: Int = 8) throws -> String {
    let folder = try TemporaryFolder()
    return message { try exercise(file(header, data: data), in: folder) }
  }

  @Test("headers that lie about their tensors are refused")
  func lies() throws {
    let a = #""a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#
    #expect(try refusal("{\(a)}", data: 4) == "")
    let cases: [(String, String)] = [
      ("{\(a)}", "4 bytes follow its last tensor"),
      (#"{\#(a),"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}"#, "leave a gap"),
      (#"{\#(a),"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}"#, "overlap"),
      (#"{\#(a),"b":{"dtype":"U8","shape":[9],"data_offsets":[4,13]}}"#, "ends too early"),
      (#"{\#(a),\#(a)}"#, "names a twice"),
      (#"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,4]}}"#, "does not fill"),
      (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}"#, "does not fill"),
      (#"{"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}"#, "elements of type F8"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#, "lacks dtype"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}"#, "lacks dtype"),
      (#"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#, "not negative"),
      (#"{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, "not fill"),
      (#"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, "64 bits"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}"#, "unknown or repeated key"),
      (#"{"__metadata__":{"a":1,"b":null,"c":[{}],"d":true}}"#, "follow its last tensor"),
      (#"{"__metadata__":{"a":}}"#, "expected a value"),
      (#"{"__metadata__":[]}"#, "an object in braces"),
      (
        #"{"__metadata__":{"a":"# + String(repeating: "[", count: 100_000) + "}}",
        "nested too deeply"
      ),
      (#"{"__metadata__":{"a":"b"}}"#, "follow its last tensor"),
      ("{\(a)", "closing brace"), ("{\(a)} x", "unexpected text"), ("{\"a", "not closed"),
      (#"{"\q":1}"#, "unknown escape"), (#"{"\ud800":1}"#, "an object in braces"),
      (#"{"\u00zz":1}"#, "hexadecimal"),
    ]
    for (header, expected) in cases {
      #expect(try refusal(header).contains(expected), "\(header)")
    }
  }

  @Test("a header longer than the file, or than the format allows, is refused")
  func headerLength() throws {
    let folder = try TemporaryFolder()
    var bytes = file("{}")
    for (length, expected): (UInt64, String) in [
      (1000, "ends too early"), (200_000_000, "the length of its header"),
      (.max, "a count at byte 0 is absurd"),
    ] {
      bytes.replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian) { Array($0) })
      #expect(message { try exercise(bytes, in: folder) }.contains(expected))
    }
  }

  @Test("names and facts with quotes, controls and other scripts survive a round trip")
  func escapes() throws {
    let folder = try TemporaryFolder()
    let name = "a\"b\\c\n\u{1}字🙂"
    let tensor = try CheckpointTensor(.int16, shape: [2], bytes: [1, 0, 2, 0])
    let checkpoint = try Checkpoint([(name, tensor)], metadata: ["k\"": .string(name)])
    let url = try folder.file("a.safetensors")
    try checkpoint.writeSafetensors(to: url)
    let again = try Checkpoint.open(url)
    #expect(again.names == [name])
    #expect(again.metadata["k\""] == .string(name))
    #expect(try again.values(name) == [1, 2])
  }

  @Test("what is written comes back bit by bit, aligned to its elements")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint.open(checkpointFixture("views.pt"))
    let url = try folder.file("views.safetensors")
    try checkpoint.writeSafetensors(to: url)
    let again = try Checkpoint.open(url)
    #expect(try again.content() == checkpoint.content())
    #expect(again.metadata["epoch"]?.integerValue == 7)
    #expect(again.metadata["format"] == .string("pt"))
  }
}
