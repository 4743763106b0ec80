import Foundation

/// Files made by `Scripts/fixtures/data.py`.
enum Fixture {
  static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let file = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
  }
}
