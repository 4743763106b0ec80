import Torch

/// A weight in whole numbers of eight bits, with a scale for each slice of an axis.
struct Quantization {
  /// `int8`, of the weight's shape, between -127 and 127.
  let values: Tensor
  /// `[slices]`: what one step of a slice's values is worth.
  let scale: Tensor

  /// The nearest multiples of a 127th of each slice's largest value.
  init(_ weight: Tensor, axis: Int) throws {
    let rank = weight.rank
    let exact = try weight.to(.float32)
    let largest = try (0..<rank).filter { $0 != axis }.sorted(by: >).reduce(exact.absolute()) {
      try $0.max(axis: $1)
    }
    // A slice of zeros stays one, whatever its step is.
    let step = try largest.clamped(1e-12 ... .infinity) * (1.0 / 127)
    var shape = Array(repeating: 1, count: rank)
    shape[axis] = -1
    scale = step
    values = try (exact / step.reshaped(shape)).rounded().clamped(-127...127).to(.int8)
  }
}
