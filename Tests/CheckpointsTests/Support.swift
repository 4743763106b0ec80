import Checkpoints
import Foundation
import TestSupport
import Testing

/// The bytes of a fixture.
func fixtureBytes(_ name: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: checkpointFixture(name)))
}

extension TemporaryFolder {
  /// The place of a file, written if there are bytes.
  func file(_ name: String, _ bytes: [UInt8] = []) throws -> URL {
    bytes.isEmpty ? url.appendingPathComponent(name) : try write(bytes, to: name)
  }
}

extension Checkpoint {
  /// The elements of a tensor that must be there.
  func values(_ name: String) throws -> [Float] { try #require(self[name], "\(name)").floats() }

  /// Type, shape and bytes of every tensor.
  func content() throws -> [String: [UInt8]] {
    try Dictionary(
      uniqueKeysWithValues: names.map { name in
        let tensor = try #require(self[name])
        let head = Array("\(tensor.elementType) \(tensor.shape) ".utf8)
        return (name, head + (try tensor.withUnsafeBytes { Array($0) }))
      })
  }
}

/// Opens bytes as a checkpoint and touches every element; what is wrong must come as an error.
func exercise(_ bytes: [UInt8], in folder: TemporaryFolder) throws {
  let url = try folder.file("hostile.bin", bytes)
  let checkpoint = try Checkpoint.open(url)
  for name in checkpoint.names {
    _ = try checkpoint[name]?.withUnsafeBytes { $0.reduce(0) { $0 &+ Int($1) } }
  }
}

/// The most memory that the process ever held, in bytes.
func peakMemory() throws -> Int { try memory("VmHWM") }

/// The memory of mapped files that the process holds, in bytes.
func fileMemory() throws -> Int { try memory("RssFile") }

private func memory(_ name: String) throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
  return try #require(Int(line.filter(\.isNumber))) * 1024
}
