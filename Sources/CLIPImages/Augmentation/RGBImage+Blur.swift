import Foundation

// What medical pictures are trained with besides AutoAugment's operations.
extension RGBImage {
  /// Every sample times a factor, as Pillow's `ImageEnhance.Brightness`.
  func brightened(by factor: Double) -> RGBImage {
    RGBImage(width, height, Array(repeating: 0, count: pixels.count))
      .blended(with: self, factor: factor)
  }

  /// torchvision's `gaussian_blur` with a kernel that reaches three standard deviations: edges are
  /// mirrored, samples rounded once.
  func blurred(sigma: Double) -> RGBImage {
    let reach = max(1, Int((3 * sigma).rounded(.up)))
    let weights = (-reach...reach).map { Float(exp(-0.5 * pow(Double($0) / sigma, 2))) }
    let sum = weights.reduce(0, +)
    let kernel = weights.map { $0 / sum }
    let across = Self.convolved(
      pixels.map(Float.init), kernel, lines: height, length: width, step: 3, stride: width * 3)
    let both = Self.convolved(
      across, kernel, lines: width, length: height, step: width * 3, stride: 3)
    return RGBImage(
      width, height, both.map { UInt8(min(max($0.rounded(.toNearestOrEven), 0), 255)) })
  }

  /// One direction; `step` is from sample to sample of a line, `stride` from line to line.
  private static func convolved(
    _ source: [Float], _ kernel: [Float], lines: Int, length: Int, step: Int, stride: Int
  ) -> [Float] {
    let reach = kernel.count / 2
    // Mirrored without repeating the edge, as often as a small picture needs.
    func mirrored(_ place: Int) -> Int {
      guard length > 1 else { return 0 }
      let period = 2 * (length - 1)
      let inside = ((place % period) + period) % period
      return inside < length ? inside : period - inside
    }
    let places = (-reach..<length + reach).map(mirrored)
    return source.withUnsafeBufferPointer { source in
      [Float](unsafeUninitializedCapacity: source.count) { result, initialized in
        for line in 0..<lines {
          for channel in 0..<3 {
            let first = line * stride + channel
            for place in 0..<length {
              var sum: Float = 0
              for index in kernel.indices {
                sum += kernel[index] * source[first + places[place + index] * step]
              }
              result[first + place * step] = sum
            }
          }
        }
        initialized = source.count
      }
    }
  }
}

extension AffineMap {
  /// Turns clockwise by an angle, enlarges and shifts about the centre, as torchvision's `affine`.
  static func about(
    width: Int, height: Int, degrees: Double, scale: Double, shift: (x: Double, y: Double)
  ) -> AffineMap {
    let angle = degrees * .pi / 180
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    var map = AffineMap(
      a: cos(angle) / scale, b: sin(angle) / scale, c: 0, d: -sin(angle) / scale,
      e: cos(angle) / scale, f: 0)
    map.c = x + map.a * (-x - shift.x) + map.b * (-y - shift.y)
    map.f = y + map.d * (-x - shift.x) + map.e * (-y - shift.y)
    return map
  }
}
