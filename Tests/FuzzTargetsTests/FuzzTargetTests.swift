import Foundation
import FuzzTargets
import Testing

@Suite("FuzzTarget", .serialized)
struct FuzzTargetTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fuzzing")

  private static func inputs(_ kind: String, _ target: FuzzTarget) throws -> [URL] {
    let folder = folder.appending(path: "\(kind)/\(target.name)")
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  /// A trap or a broken promise ends the test process: the last line printed names the input.
  @Test(
    "every seed, and every input that ever broke a reader, is read or refused",
    arguments: FuzzTarget.all)
  func replay(_ target: FuzzTarget) throws {
    let seeds = try Self.inputs("Seeds", target)
    #expect(!seeds.isEmpty, "\(target.name) has no seeds")
    for input in try seeds + Self.inputs("Found", target) {
      try Data(contentsOf: input).withUnsafeBytes { target.run($0) }
    }
    // Cut and with one byte changed, as a poor line leaves them.
    for input in seeds {
      let bytes = try Data(contentsOf: input)
      for length in [0, 1, bytes.count / 2, max(0, bytes.count - 1)] {
        bytes.prefix(length).withUnsafeBytes { target.run($0) }
      }
      for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 8)) {
        var changed = bytes
        changed[changed.startIndex + place] ^= 0xFF
        changed.withUnsafeBytes { target.run($0) }
      }
    }
  }

  @Test("seeds and finds belong to targets, and names are taken once")
  func folders() throws {
    let names = FuzzTarget.all.map(\.name)
    #expect(Set(names).count == names.count)
    for kind in ["Seeds", "Found"] {
      let folders = try FileManager.default.contentsOfDirectory(
        atPath: Self.folder.appending(path: kind).path)
      #expect(Set(folders).subtracting(names).filter { !$0.hasPrefix(".") } == [])
    }
  }
}
