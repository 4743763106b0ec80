import Foundation

/// Files made by `Scripts/fixtures/data.py` with the original's scripts.
enum Fixture {
  static func url(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures").appendingPathComponent(name)
  }
}

/// A path in the folder for temporary files that nobody else uses.
func temporaryFile(_ name: String) -> URL {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)")
}
