/// The one way in which vectors outside of tensors get unit length.
package enum UnitVector {
  /// A vector scaled to unit length; `nil` if it has no direction: all zeros, or not finite.
  package static func of(_ vector: some Collection<Float>) -> [Float]? {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length.isFinite, length > 0 else { return nil }
    return vector.map { Float(Double($0) / length) }
  }
}
