/// A picture as towers take it: interleaved 8-bit RGB, rows from top to bottom.
public struct RGBImage: Sendable, Hashable {
  /// Pixels in a row.
  public let width: Int
  /// Number of rows.
  public let height: Int
  /// `width * height * 3` samples: red, green, blue of the first pixel, then the next.
  public let pixels: [UInt8]
  /// What was wrong with the file though it could be read, as a sentence; nil for a sound file.
  public internal(set) var warning: String?

  /// Wraps samples that are already in this form.
  ///
  /// - Parameters:
  ///   - width: pixels in a row.
  ///   - height: number of rows.
  ///   - pixels: `width * height * 3` samples.
  /// - Throws: ``ImageError/invalidRequest(_:)`` when the sizes do not agree.
  public init(width: Int, height: Int, pixels: [UInt8]) throws(ImageError) {
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, area <= Int.max / 3, pixels.count == area * 3 else {
      throw .invalidRequest(
        "\(pixels.count) samples are not the 3 channels of \(width) x \(height) pixels")
    }
    self.init(width, height, pixels)
  }

  /// For sizes that are known to agree.
  init(_ width: Int, _ height: Int, _ pixels: [UInt8]) {
    assert(pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture mirrored left to right.
  public func flippedHorizontally() -> RGBImage {
    let width = width
    let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { result, count in
      pixels.withUnsafeBufferPointer { source in
        for row in stride(from: 0, to: source.count, by: width * 3) {
          for column in 0..<width {
            let from = row + (width - 1 - column) * 3
            let to = row + column * 3
            result[to] = source[from]
            result[to + 1] = source[from + 1]
            result[to + 2] = source[from + 2]
          }
        }
      }
      count = pixels.count
    }
    return RGBImage(width, height, result)
  }
}
