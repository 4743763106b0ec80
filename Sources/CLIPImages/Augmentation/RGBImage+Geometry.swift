import Foundation

/// Where each pixel of a new picture comes from: `(a x + b y + c, d x + e y + f)`.
struct AffineMap {
  var a, b, c, d, e, f: Double

  /// Turns counterclockwise about the centre; Pillow rounds sine and cosine to 15 digits.
  static func rotation(degrees: Double, width: Int, height: Int) -> AffineMap {
    let angle = -degrees * .pi / 180
    func rounded(_ value: Double) -> Double {
      (value * 1e15).rounded(.toNearestOrEven) / 1e15
    }
    var map = AffineMap(
      a: rounded(cos(angle)), b: rounded(sin(angle)), c: 0, d: rounded(-sin(angle)),
      e: rounded(cos(angle)), f: 0)
    let (centerX, centerY) = (Double(width) / 2, Double(height) / 2)
    map.c = map.a * -centerX + map.b * -centerY + 0 + centerX
    map.f = map.d * -centerX + map.e * -centerY + 0 + centerY
    return map
  }
}

extension RGBImage {
  /// Pillow's `Image.rotate` with bicubic interpolation.
  func rotated(degrees: Double, fill: [UInt8]) -> RGBImage {
    // As Python's remainder: 0 ..< 360.
    var angle = degrees.truncatingRemainder(dividingBy: 360)
    if angle < 0 { angle += 360 }
    let quarter: ImageOrientation? =
      switch angle {
      case 0: .upright
      case 180: .upsideDown
      case 90 where width == height: .turnedRight
      case 270 where width == height: .turnedLeft
      default: nil
      }
    if let quarter { return DecodedImage(self).turned(quarter).convertedToRGB() }
    return transformed(by: .rotation(degrees: angle, width: width, height: height), fill: fill)
  }

  /// Pillow's `Image.transform` with `AFFINE` and `BICUBIC` (libImaging/Geometry.c,
  /// `ImagingGenericTransform`, `bicubic_filter32RGB`), in the same order of operations.
  func transformed(by map: AffineMap, fill: [UInt8]) -> RGBImage {
    let (width, height) = (width, height)
    let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { result, initialized in
      pixels.withUnsafeBufferPointer { source in
        var target = 0
        for y in 0..<height {
          for x in 0..<width {
            let fromX = map.a * (Double(x) + 0.5) + map.b * (Double(y) + 0.5) + map.c
            let fromY = map.d * (Double(x) + 0.5) + map.e * (Double(y) + 0.5) + map.f
            if fromX >= 0, fromX < Double(width), fromY >= 0, fromY < Double(height) {
              let sample = BicubicSample(x: fromX, y: fromY, width: width, height: height)
              for channel in 0..<3 { result[target + channel] = sample(source, channel) }
            } else {
              for channel in 0..<3 { result[target + channel] = fill[channel] }
            }
            target += 3
          }
        }
      }
      initialized = width * height * 3
    }
    return RGBImage(width, height, result)
  }
}

/// The sixteen pixels around a point, and their cubic interpolation.
private struct BicubicSample {
  private let columns: (Int, Int, Int, Int)
  private let rows: (Int, Int, Int, Int)
  private let dx: Double
  private let dy: Double

  init(x: Double, y: Double, width: Int, height: Int) {
    let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
    dx = x - 0.5 - left
    dy = y - 0.5 - top
    func clamped(_ value: Int, _ count: Int) -> Int { min(max(value, 0), count - 1) }
    let (column, row) = (Int(left) - 1, Int(top) - 1)
    columns = (
      clamped(column, width) * 3, clamped(column + 1, width) * 3,
      clamped(column + 2, width) * 3, clamped(column + 3, width) * 3
    )
    // Beyond the edge Pillow repeats the row before; only the first can lie above it.
    rows = (
      clamped(row, height) * width * 3, clamped(row + 1, height) * width * 3,
      clamped(row + 2, height) * width * 3, clamped(row + 3, height) * width * 3
    )
  }

  func callAsFunction(_ source: UnsafeBufferPointer<UInt8>, _ channel: Int) -> UInt8 {
    func line(_ row: Int) -> Double {
      Self.cubic(
        Double(source[row + columns.0 + channel]), Double(source[row + columns.1 + channel]),
        Double(source[row + columns.2 + channel]), Double(source[row + columns.3 + channel]), dx)
    }
    let value = Self.cubic(line(rows.0), line(rows.1), line(rows.2), line(rows.3), dy)
    return value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
  }

  @inline(__always)
  private static func cubic(
    _ v1: Double, _ v2: Double, _ v3: Double, _ v4: Double, _ d: Double
  ) -> Double {
    let p2 = -v1 + v3
    let p3 = 2 * (v1 - v2) + v3 - v4
    let p4 = -v1 + v2 - v3 + v4
    return v2 + d * (p2 + d * (p3 + d * p4))
  }
}
