import CLIPData
import Foundation
import Testing

/// Files made by `Scripts/fixtures/data.py`.
enum Fixture {
  static let directory = Bundle.module.bundleURL.appendingPathComponent("Fixtures")

  static func url(_ name: String) -> URL { directory.appendingPathComponent(name) }

  static func json<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws
    -> Value
  {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
  }
}

/// A folder that lives as long as the test that uses it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "clip-data-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file and returns its place.
  @discardableResult
  func write(_ content: some DataProtocol, to name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    // `Data.write` waits for the disk, which hundreds of small files feel.
    let stream = try #require(fopen(file.path, "wb"))
    defer { fclose(stream) }
    let bytes = Array(content)
    try #require(fwrite(bytes, 1, bytes.count, stream) == bytes.count)
    return file
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> URL { try write(Data(text.utf8), to: name) }
}

extension Data {
  init(hex: String) {
    let digits = Array(hex)
    self.init(
      stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)
      })
  }
}
