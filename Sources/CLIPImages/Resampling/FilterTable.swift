import CImageCodecs
import Foundation

/// Which source pixels make each output pixel along one axis, and with which weights.
///
/// The weights are those of `precompute_coeffs` and `normalize_coeffs_8bpc` in Pillow's
/// libImaging/Resample.c, in the same order of floating-point operations, rounded to 22 bits.
struct FilterTable {
  /// First source pixel of each output pixel.
  var starts: [Int32]
  /// How many source pixels each output pixel needs.
  var counts: [Int]
  /// `taps` weights for each output pixel, zero beyond its count.
  var coefficients: [Int32]
  /// Weights kept for each output pixel.
  let taps: Int
  let inputLength: Int

  var outputLength: Int { starts.count }
  var largestCount: Int { counts.max() ?? 0 }

  private init(
    inputLength: Int, outputLength: Int, largestCount: Int, channels: Int
  ) throws(ImageError) {
    // The horizontal loop works on sixteen samples at once.
    let step = 16 / channels
    taps = (max(1, largestCount) + step - 1) / step * step
    // 2^28 weights are a gigabyte; pictures within the limits need a small part of that.
    guard outputLength > 0, outputLength <= (1 << 28) / taps else {
      throw .invalidRequest(
        "resizing \(inputLength) pixels to \(outputLength) needs too large a table")
    }
    self.inputLength = inputLength
    starts = Array(repeating: 0, count: outputLength)
    counts = Array(repeating: 0, count: outputLength)
    coefficients = Array(repeating: 0, count: outputLength * taps)
  }

  /// The table that resizes `inputLength` pixels of 1, 2 or 4 channels to `outputLength`, of which
  /// those of a range are wanted.
  init(
    from inputLength: Int, to outputLength: Int, keeping range: Range<Int>? = nil,
    filter: ResamplingFilter, channels: Int
  ) throws(ImageError) {
    let range = range ?? 0..<max(0, outputLength)
    if inputLength == outputLength || filter == .nearest {
      try self.init(
        nearestFrom: inputLength, to: outputLength, keeping: range, channels: channels)
      return
    }
    let scale = Double(inputLength) / Double(max(1, outputLength))
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    try self.init(
      inputLength: inputLength, outputLength: range.count,
      largestCount: min(inputLength, Int(support.rounded(.up)) * 2 + 1), channels: channels)
    let inverse = 1 / filterScale
    let one = Double(1 << CIMAGE_COEFFICIENT_BITS)
    var weights: [Double] = []
    for output in 0..<range.count {
      let center = (Double(range.lowerBound + output) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(inputLength, Int(center + support + 0.5))
      weights.removeAll(keepingCapacity: true)
      var sum = 0.0
      for pixel in start..<max(start, end) {
        let weight = filter.weight((Double(pixel) - center + 0.5) * inverse)
        weights.append(weight)
        sum += weight
      }
      starts[output] = Int32(start)
      counts[output] = weights.count
      for (tap, weight) in weights.enumerated() {
        let normalized = (sum != 0 ? weight / sum : weight) * one
        coefficients[output * taps + tap] =
          Int32(normalized < 0 ? normalized - 0.5 : normalized + 0.5)
      }
    }
  }

  /// One source pixel of weight 1 for each output pixel, found by adding up steps as Pillow does
  /// (`ImagingScaleAffine`); with equal lengths the identity.
  private init(
    nearestFrom inputLength: Int, to outputLength: Int, keeping range: Range<Int>, channels: Int
  ) throws(ImageError) {
    try self.init(
      inputLength: inputLength, outputLength: range.count, largestCount: 1, channels: channels)
    let scale = Double(inputLength) / Double(outputLength)
    var position = scale * 0.5
    for _ in 0..<range.lowerBound { position += scale }
    for output in 0..<range.count {
      // Beyond the last pixel, where rounding errors may lead, Pillow leaves black.
      if position < Double(inputLength) {
        starts[output] = Int32(position)
        counts[output] = 1
        coefficients[output * taps] = 1 << Int32(CIMAGE_COEFFICIENT_BITS)
      } else {
        starts[output] = Int32(inputLength - 1)
      }
      position += scale
    }
  }

  /// The table for a source axis that runs the other way: the same weights on mirrored pixels.
  ///
  /// Resizing the stored picture with reversed tables and turning the small result gives the very
  /// bits of turning first, because the weights of each output pixel are the same integers.
  func reversed() -> FilterTable {
    var result = self
    for output in 0..<outputLength {
      let source = outputLength - 1 - output
      result.counts[output] = counts[source]
      result.starts[output] = Int32(inputLength) - starts[source] - Int32(max(1, counts[source]))
      for tap in 0..<counts[source] {
        result.coefficients[output * taps + tap] =
          coefficients[source * taps + counts[source] - 1 - tap]
      }
      for tap in counts[source]..<taps { result.coefficients[output * taps + tap] = 0 }
    }
    return result
  }
}
