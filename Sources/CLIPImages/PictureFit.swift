/// How a picture of any shape becomes a square.
public enum PictureFit: Sendable, Hashable {
  /// Squashed: all of the picture, its aspect ratio lost. Chinese-CLIP's way.
  case squash
  /// Resized until its shorter side has so many pixels, then cropped in the middle: OpenAI's way, with
  /// as many pixels as the square mostly.
  case centerCrop(shorterSide: Int, rounding: CropRounding)
  /// Set in the middle of a square of one brightness, then resized: medical pictures, mostly on
  /// black. The picture becomes RGB first.
  case padToSquare(brightness: UInt8)

  /// Where a crop begins that has an odd number of pixels too few.
  public enum CropRounding: String, Sendable, Hashable, CaseIterable, Codable {
    /// Before the half pixel, as in transformers.
    case down
    /// At the even pixel beside the half, as in torchvision, which OpenAI and OpenCLIP use.
    case toEven = "to_even"

    /// The first pixel of a crop.
    func start(of length: Int, in whole: Int) -> Int {
      switch self {
      case .down: (whole - length) / 2
      case .toEven: Int((Double(whole - length) / 2).rounded(.toNearestOrEven))
      }
    }
  }

  /// The shorter side's pixels before anything is cropped.
  func shorterSide(for size: Int) -> Int {
    if case .centerCrop(let side, _) = self { side } else { size }
  }
}

extension Rendering {
  /// Resizes an upright picture until its shorter side has so many pixels, and keeps the middle.
  ///
  /// The longer side is rounded down, as in torchvision and transformers.
  ///
  /// - Throws: ``ImageError/invalidRequest(_:)`` for a side that is shorter than the square.
  static func centerCrop(
    width: Int, height: Int, shorterSide: Int, size: Int, rounding: PictureFit.CropRounding
  ) throws(ImageError) -> Rendering {
    guard shorterSide >= size, size > 0, min(width, height) > 0 else {
      throw .invalidRequest("a square of \(size) pixels cannot be cropped from \(shorterSide)")
    }
    let (longer, overflows) = shorterSide.multipliedReportingOverflow(by: max(width, height))
    guard !overflows else {
      throw .invalidRequest("\(width) x \(height) pixels cannot become \(shorterSide) at the side")
    }
    let isWide = width > height
    let long = longer / min(width, height)
    var rendering = Rendering(
      width: isWide ? long : shorterSide, height: isWide ? shorterSide : long)
    rendering.window = PixelRectangle(
      x: rounding.start(of: size, in: rendering.width),
      y: rounding.start(of: size, in: rendering.height), width: size, height: size)
    return rendering
  }
}

extension RGBImage {
  /// The picture in the middle of a square of one brightness.
  ///
  /// - Parameters:
  ///   - brightness: of red, green and blue around it.
  ///   - maximumPixels: of the square.
  /// - Returns: a square whose side is the picture's longer one; where one pixel is over, it is to
  ///   the right or below.
  /// - Throws: ``ImageError/invalidRequest(_:)`` for a square of too many pixels.
  func paddedToSquare(
    brightness: UInt8, maximumPixels: Int
  ) throws(ImageError) -> RGBImage {
    let side = max(width, height)
    guard side <= maximumPixels / max(1, side) else {
      throw .invalidRequest(
        "the square around \(width) x \(height) pixels has more than \(maximumPixels); raise the "
          + "limit on pixels if you trust it")
    }
    var square = [UInt8](repeating: brightness, count: 3 * side * side)
    let start = ((side - height) / 2 * side + (side - width) / 2) * 3
    for row in 0..<height {
      let target = start + row * side * 3
      let source = row * width * 3
      square.replaceSubrange(
        target..<target + width * 3, with: pixels[source..<source + width * 3])
    }
    var image = RGBImage(side, side, square)
    image.warning = warning
    return image
  }
}
