import CLIPModels
import Torch
import TorchNN

/// How fast this machine multiplies matrices, measured: what every other figure is a share of.
enum MatrixRate {
  /// Floating-point operations a second of bare matrix products, two for each multiplication and
  /// addition, by the layer that the models use.
  ///
  /// - Parameters:
  ///   - numerics: the type and device.
  ///   - seconds: how long to measure.
  ///   - clock: what to take durations with.
  /// - Returns: the median rate of the shape that goes fastest, of those that transformers have.
  /// - Throws: `TorchError` when the product cannot be computed.
  static func measure(
    _ numerics: Numerics, seconds: Double, clock: Timings.Clock = .wall
  ) throws -> Double {
    let shapes = [(1576, 768, 3072), (1576, 3072, 768), (2048, 2048, 2048)]
    var best = 0.0
    for (rows, inputs, outputs) in shapes {
      let timings = try withInferenceMode {
        let map = try Linear(
          weight: Random.normal([outputs, inputs]).to(device: numerics.device), bias: nil
        ).prepared(for: numerics)
        let x = try Random.normal([rows, inputs]).to(numerics.dtype, device: numerics.device)
        return try Timings.of(seconds: seconds / Double(shapes.count), clock: clock) {
          _ = try map(x)
          try numerics.device.synchronize()
        }
      }
      best = max(best, 2 * Double(rows) * Double(inputs) * Double(outputs) / timings.median)
    }
    return best
  }
}
