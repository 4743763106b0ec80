package import Foundation

/// The error that a closure throws, as its sentence; empty if it throws none.
package func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}

/// A file or folder of `Scripts/fixtures/checkpoints.py`, which two targets test with.
package func checkpointFixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "CheckpointsTests/Fixtures/\(name)")
}

/// The numbers that `Scripts/fixtures/checkpoints.py` gave the tensor of a name.
package func filling(_ name: String, _ count: Int) -> [Float] {
  let start = 7 * name.utf8.reduce(0) { $0 + Int($1) }
  return (0..<count).map { Float((start + 31 * $0) % 255 - 127) / 64 }
}
