package import CLIPImages
package import Foundation

/// What becomes of a picture that was fetched.
package struct PictureRecipe: Sendable, Hashable, Codable {
  /// How its size is changed, as img2dataset names it.
  package enum Resize: String, Sendable, CaseIterable, Codable {
    /// Not at all.
    case no
    /// The shorter side becomes the size.
    case keepRatio = "keep_ratio"
    /// The longer side becomes the size.
    case keepRatioLargest = "keep_ratio_largest"
    /// The shorter side becomes the size, and the middle is kept: a square.
    case centerCrop = "center_crop"
    /// The longer side becomes the size, and white around it makes a square.
    case border
  }

  /// How it is written.
  package enum Encoding: String, Sendable, CaseIterable, Codable {
    case jpg, png
    /// The bytes that came, where the size stays as it is; JPEG otherwise.
    case keep
  }

  /// How its size is changed.
  package var resize = Resize.keepRatio
  /// The side in pixels.
  package var size = 256
  /// Whether smaller pictures are enlarged.
  package var enlarges = false
  /// How it is written.
  package var encoding = Encoding.jpg
  /// JPEG's quality, or how hard PNG is packed.
  package var quality = 95

  package init() {}

  /// A picture as it goes into a shard.
  package struct Prepared: Sendable {
    /// The bytes of the file.
    package let data: Data
    /// Its ending.
    package let ending: String
    package let width: Int
    package let height: Int
    package let originalWidth: Int
    package let originalHeight: Int
  }

  /// Decodes, resizes and writes a picture.
  ///
  /// - Throws: `ImageError`.
  package func prepare(_ data: Data) throws(ImageError) -> Prepared {
    var decoder = ImageDecoder()
    let header = try decoder.header(of: data)
    let plan = plan(width: header.width, height: header.height)
    if plan.isShrunk { decoder.reduction = .upTo(targetSide: max(1, plan.shorterSide)) }
    let decoded = try decoder.decode(data)
    let keepsBytes = encoding == .keep && plan.isUnchanged
    if keepsBytes {
      return Prepared(
        data: data, ending: header.format.fileEnding, width: header.width, height: header.height,
        originalWidth: header.width, originalHeight: header.height)
    }
    var image = decoded.flattenedOnWhite()
    if !plan.isUnchanged || image.width != plan.width || image.height != plan.height {
      image = try image.resized(width: plan.width, height: plan.height)
    }
    if let crop = plan.crop { image = try image.resized(width: size, height: size, crop: crop) }
    if plan.hasBorder { image = try image.centered(inSquareOf: size) }
    let bytes =
      encoding == .png
      ? try PictureWriter.png(image, compression: min(9, quality))
      : try PictureWriter.jpeg(image, quality: quality)
    return Prepared(
      data: bytes, ending: encoding == .png ? "png" : "jpg", width: image.width,
      height: image.height, originalWidth: header.width, originalHeight: header.height)
  }

  private struct Plan {
    var width: Int
    var height: Int
    var isUnchanged = true
    var isShrunk = false
    var crop: PixelRectangle?
    var hasBorder = false
    var shorterSide: Int { min(width, height) }
  }

  private func plan(width: Int, height: Int) -> Plan {
    var plan = Plan(width: width, height: height)
    guard resize != .no else { return plan }
    let side = [.keepRatio, .centerCrop].contains(resize) ? min(width, height) : max(width, height)
    if side > size || enlarges && side < size {
      func scaled(_ length: Int) -> Int {
        max(1, Int((Double(length) * Double(size) / Double(side)).rounded()))
      }
      (plan.width, plan.height) = (scaled(width), scaled(height))
      plan.isUnchanged = false
      plan.isShrunk = side > size
    }
    if resize == .centerCrop, min(plan.width, plan.height) >= size,
      plan.width != size || plan.height != size
    {
      plan.crop = PixelRectangle(
        x: (plan.width - size) / 2, y: (plan.height - size) / 2, width: size, height: size)
      plan.isUnchanged = false
    }
    if resize == .border, plan.width != size || plan.height != size {
      plan.hasBorder = true
      plan.isUnchanged = false
    }
    return plan
  }
}

extension RGBImage {
  /// The picture in the middle of a white square that is at least as large.
  fileprivate func centered(inSquareOf side: Int) throws(ImageError) -> RGBImage {
    guard width <= side, height <= side else { return self }
    var square = [UInt8](repeating: 0xFF, count: 3 * side * side)
    let start = ((side - height) / 2 * side + (side - width) / 2) * 3
    for row in 0..<height {
      let target = start + row * side * 3
      square.replaceSubrange(
        target..<target + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
    }
    return try RGBImage(width: side, height: side, pixels: square)
  }
}
