// The "degenerate" pictures of Pillow's ImageEnhance, and the blend between them and the picture.
extension RGBImage {
  /// Pillow's `convert("L")`: ITU-R 601-2 luma in 16-bit fixed point.
  private func luma() -> [UInt8] {
    (0..<(width * height)).map { pixel in
      let sum =
        19595 * Int(pixels[3 * pixel]) + 38470 * Int(pixels[3 * pixel + 1])
        + 7471 * Int(pixels[3 * pixel + 2])
      return UInt8((sum + 0x8000) >> 16)
    }
  }

  /// The picture without colour.
  func grey() -> RGBImage {
    RGBImage(width, height, luma().flatMap { [$0, $0, $0] })
  }

  /// The mean of the luma everywhere.
  func meanGrey() -> RGBImage {
    let sum = luma().reduce(0) { $0 + Int($1) }
    let mean = UInt8(clamping: Int(Double(sum) / Double(width * height) + 0.5))
    return RGBImage(width, height, Array(repeating: mean, count: pixels.count))
  }

  /// Pillow's `ImageFilter.SMOOTH`: weights 1 around 5, over 13, in single precision; the border
  /// stays.
  func smoothed() -> RGBImage {
    guard width >= 3, height >= 3 else { return self }
    let (outer, middle): (Float, Float) = (1 / 13, 5 / 13)
    let stride = width * 3
    var result = pixels
    result.withUnsafeMutableBufferPointer { result in
      pixels.withUnsafeBufferPointer { source in
        func line(_ at: Int, _ center: Float) -> Float {
          Float(source[at - 3]) * outer + Float(source[at]) * center
            + Float(source[at + 3]) * outer
        }
        for y in 1..<(height - 1) {
          for at in (y * stride + 3)..<((y + 1) * stride - 3) {
            var sum: Float = 0.5
            sum += line(at + stride, outer)
            sum += line(at, middle)
            sum += line(at - stride, outer)
            result[at] = UInt8(min(max(sum, 0), 255))
          }
        }
      }
    }
    return RGBImage(width, height, result)
  }

  /// Pillow's `Image.blend(self, other, factor)`: single precision, truncated.
  func blended(with other: RGBImage, factor: Double) -> RGBImage {
    let alpha = Float(factor)
    if alpha == 0 { return self }
    if alpha == 1 { return other }
    let result = zip(pixels, other.pixels).map { from, to in
      UInt8(min(max(Float(from) + alpha * Float(Int(to) - Int(from)), 0), 255))
    }
    return RGBImage(width, height, result)
  }
}
