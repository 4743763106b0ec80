import Foundation

/// The one softmax of the package outside of tensors.
package enum Softmax {
  /// `exp(x) / Σ exp(x)`, safe for logits of any size.
  ///
  /// - Parameter logits: finite numbers.
  /// - Returns: as many shares, which sum to one.
  package static func shares(of logits: [Double]) -> [Double] {
    guard let largest = logits.max() else { return [] }
    let weights = logits.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// The shares of cosines that are multiplied by a model's scale first.
  package static func shares(of cosines: some Sequence<Float>, scale: Float) -> [Float] {
    shares(of: cosines.map { Double($0 * scale) }).map(Float.init)
  }
}
