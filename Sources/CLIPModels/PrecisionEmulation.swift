import Foundation
package import Torch
import TorchNN

/// What a type costs on a processor that has no instructions for it.
package struct PrecisionEmulation: CustomStringConvertible {
  /// What was asked for.
  package let precision: Precision
  /// How much longer matrix products take than in `fp32`.
  package let factor: Double

  /// Whether this processor multiplies bfloat16 itself.
  ///
  /// `CNCLIP_WITHOUT_BF16` in the environment denies it, for tests.
  package static var hasBFloat16: Bool {
    LibTorch.cpuHasFastBFloat16
      && ProcessInfo.processInfo.environment["CNCLIP_WITHOUT_BF16"] == nil
  }

  /// Measures what a precision costs, some tens of milliseconds long; nil where the device has
  /// instructions for it, as it has for all that `auto` chooses.
  ///
  /// - Parameters:
  ///   - precision: what was asked for.
  ///   - device: where the model computes.
  ///   - learns: whether products of the backward pass count, which are often slower still.
  ///   - hasBFloat16: whether the processor multiplies bfloat16.
  /// - Throws: `TorchError` when a product cannot be computed.
  package init?(
    of precision: Precision, on device: Device, learns: Bool = false,
    hasBFloat16: Bool = Self.hasBFloat16
  ) throws {
    guard device == .cpu, precision == .bfloat16, !hasBFloat16 else { return nil }
    self.precision = precision
    // Threads that wait for each other on a busy machine would drown what is measured.
    let threads = LibTorch.threads
    LibTorch.threads = 1
    defer { LibTorch.threads = threads }
    let exact = try Self.seconds(.float32, learns: learns)
    factor = try Self.seconds(.bfloat16, learns: learns) / exact
  }

  /// One sentence for a person.
  package var description: String {
    """
    This processor has no instructions for \(precision.rawValue): a matrix product takes \
    \(String(format: "%.1f", factor)) times as long as in fp32 (measured just now); the \
    precision fp32, which auto chooses here, avoids that
    """
  }

  /// The processor time of the quickest of a few products.
  private static func seconds(_ dtype: DType, learns: Bool) throws -> Double {
    let (rows, width) = (64, 384)
    return try withInferenceMode {
      let x = try Tensor.full([rows, width], 0.5).to(dtype)
      let weight = try Tensor.full([width, width], 0.5).to(dtype)
      func once() throws -> Double {
        let start = Stopwatch.processor.now
        let y = try x.matmul(weight.transposed())
        if learns {
          _ = try y.matmul(weight)
          _ = try y.transposed().matmul(x)
        }
        return Stopwatch.processor.now - start
      }
      let begin = Stopwatch.wall.now
      var best = try once()
      for _ in 0..<10 where Stopwatch.wall.now - begin < 0.02 { best = min(best, try once()) }
      return best
    }
  }
}
