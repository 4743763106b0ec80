import CLIPTraining
import Foundation
import Testing

/// The files that a run leaves for others.
@Suite struct RunFilesTests {
  func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-files-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("an events file is TensorFlow's records, byte by byte")
  func events() throws {
    try withFolder { folder in
      let file = try EventsFile(in: folder, resumingAfter: 0)
      try file.add([("loss", 2.5)], step: 7)
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      // The first record is the version: 9 bytes of time and 15 of text.
      #expect(Array(bytes[..<8]) == [24, 0, 0, 0, 0, 0, 0, 0])
      // masked_crc32c of those eight bytes, from TensorFlow's own files.
      #expect(Array(bytes[8..<12]) == [0xA3, 0x7F, 0x4B, 0x22])
      #expect(String(decoding: bytes[23..<36], as: UTF8.self) == "brain.Event:2")
      let second = Array(bytes[40...])
      #expect(Array(second[12 + 9..<12 + 11]) == [0x10, 7])
      let value = withUnsafeBytes(of: Float(2.5).bitPattern.littleEndian, Array.init)
      #expect(Array(second[(second.count - 8)..<(second.count - 4)]) == value)
    }
  }

  @Test("curves are drawn from metrics, and broken lines do not matter")
  func curves() throws {
    try withFolder { folder in
      let metrics = folder.appending(path: "metrics.jsonl")
      let lines = [
        #"{"event":"step","global_step":1,"loss":2.0}"#, "{broken",
        #"{"event":"step","global_step":2,"loss":1.5}"#,
        #"{"event":"evaluation","global_step":2,"mean_recall":40.5}"#,
      ]
      try Data(lines.joined(separator: "\n").utf8).write(to: metrics)
      let svg = try CurvesPicture(metrics: metrics).svg()
      #expect(svg.components(separatedBy: "<polyline").count == 3)
      #expect(svg.contains("mean recall") && svg.contains("loss"))
      #expect(try CurvesPicture(metrics: folder.appending(path: "none")).svg().contains("<svg"))
    }
  }
}
