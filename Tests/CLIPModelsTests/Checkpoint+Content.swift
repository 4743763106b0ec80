import Checkpoints
import Testing

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
