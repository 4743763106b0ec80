extension DecodedImage {
  /// The picture resized in its mode, as Pillow's `Image.resize`: palettes and black-and-white by
  /// nearest neighbour whatever the filter, alpha by premultiplied colours.
  ///
  /// - Parameters:
  ///   - width: pixels in a row of the result.
  ///   - height: rows of the result.
  ///   - filter: how source pixels are weighted.
  ///   - crop: the part of the picture to take; all of it when nil.
  /// - Returns: the resized picture, in the same mode.
  /// - Throws: ``ImageError/invalidRequest(_:)`` for empty sizes and a crop outside of the picture.
  public func resized(
    width: Int, height: Int, filter: ResamplingFilter = .bicubic, crop: PixelRectangle? = nil
  ) throws(ImageError) -> DecodedImage {
    try rendered(Rendering(filter: filter, crop: crop, width: width, height: height))
  }

  func rendered(_ rendering: Rendering) throws(ImageError) -> DecodedImage {
    let bytes = self.width * mode.bytesPerPixel
    var next = 0
    return try rendering(
      mode: mode, storedWidth: self.width, storedHeight: self.height, palette: palette
    ) { rows, count throws(ImageError) in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<count {
          guard let start = source.baseAddress else { return }
          rows[row].update(from: start + (next + row) * bytes, count: bytes)
        }
      }
      next += count
    }
  }
}

extension RGBImage {
  /// The picture resized, as Pillow's `Image.resize`.
  ///
  /// - Parameters:
  ///   - width: pixels in a row of the result.
  ///   - height: rows of the result.
  ///   - filter: how source pixels are weighted.
  ///   - crop: the part of the picture to take; all of it when nil.
  /// - Returns: the resized picture, in the same mode.
  /// - Throws: ``ImageError/invalidRequest(_:)`` for empty sizes and a crop outside of the picture.
  public func resized(
    width: Int, height: Int, filter: ResamplingFilter = .bicubic, crop: PixelRectangle? = nil
  ) throws(ImageError) -> RGBImage {
    try DecodedImage(self).resized(width: width, height: height, filter: filter, crop: crop)
      .convertedToRGB()
  }
}
