import Foundation
import Testing

/// Files made by `Scripts/fixtures/cleaning.py`.
enum Fixture {
  static func json<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws
    -> Value
  {
    let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
  }
}
