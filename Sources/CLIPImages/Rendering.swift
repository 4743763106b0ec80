/// The way from stored rows to a small upright picture, in one go.
///
/// Everything that shows a picture to a model or to a person goes through here: crop, resize and
/// turn, with Pillow's rules for each mode, while the rows are being decoded.
struct Rendering {
  /// What the pixels are while they are being resized.
  enum WorkingSpace {
    /// The file's mode, as `image.resize(…).convert("RGB")` in Pillow.
    case native
    /// RGB (or grey, which gives the same), as `image.convert("RGB").resize(…)`.
    case rgb
    /// Whatever keeps transparency and mixes colours, for thumbnails.
    case keepingAlpha
  }

  var space = WorkingSpace.native
  var filter = ResamplingFilter.bicubic
  var orientation = ImageOrientation.upright
  /// The part of the upright picture to take; all of it when nil.
  var crop: PixelRectangle?
  /// Width and height after resizing.
  var width: Int
  var height: Int
  /// The part of the resized picture that is wanted; all of it when nil.
  var window: PixelRectangle?

  typealias Rows = UnsafePointer<UnsafeMutablePointer<UInt8>>

  /// Renders the stored picture whose next rows `read` delivers.
  ///
  /// - Returns: the upright picture, in the file's mode or in the one of the working space.
  func callAsFunction(
    mode: DecodedImage.Mode, storedWidth: Int, storedHeight: Int, palette: [UInt8],
    read: (Rows, Int) throws(ImageError) -> Void
  ) throws(ImageError) -> DecodedImage {
    let swaps = orientation.swapsSides
    let upright = PixelRectangle(
      x: 0, y: 0, width: swaps ? storedHeight : storedWidth,
      height: swaps ? storedWidth : storedHeight)
    let crop = crop ?? upright
    guard width > 0, height > 0, crop.fits(width: upright.width, height: upright.height) else {
      throw .invalidRequest(
        "\(crop.width) x \(crop.height) pixels at (\(crop.x), \(crop.y)) of \(upright.width) x "
          + "\(upright.height) cannot become \(width) x \(height)")
    }
    let window = window ?? PixelRectangle(x: 0, y: 0, width: width, height: height)
    guard window.fits(width: width, height: height) else {
      throw .invalidRequest(
        "\(window.width) x \(window.height) pixels at (\(window.x), \(window.y)) are not within "
          + "\(width) x \(height)")
    }
    let stored = crop.stored(width: storedWidth, height: storedHeight, orientation: orientation)
    let resizes = (crop.width, crop.height) != (width, height)
    let steps = RowPreparation(mode: mode, space: space, resizes: resizes, filter: filter)
    let channels = steps.mode.bytesPerPixel

    // The tables belong to the upright picture; the stored one may run against them or across.
    let across = try FilterTable(
      from: crop.width, to: width, keeping: window.x..<window.x + window.width,
      filter: steps.filter, channels: channels)
    let down = try FilterTable(
      from: crop.height, to: height, keeping: window.y..<window.y + window.height,
      filter: steps.filter, channels: channels)
    // Pillow 13 resizes columns first where a picture shrinks much more in height.
    let shrinksMostInHeight =
      crop.height > height && crop.height - height > (crop.width - width) * 2
    let columns = swaps ? down : across
    let rows = swaps ? across : down
    let resampler = try RowResampler(
      channels: channels, rowWidth: storedWidth, firstColumn: stored.x,
      capacity: storedWidth * mode.bytesPerPixel,
      horizontal: orientation.reversesColumns ? columns.reversed() : columns,
      vertical: orientation.reversesRows ? rows.reversed() : rows,
      horizontalFirst: shrinksMostInHeight == swaps)

    // Rows above the crop are decoded and dropped; those below are not decoded.
    var skipped = 0
    while skipped < stored.y {
      let count = min(RowResampler.rowsAtOnce, stored.y - skipped)
      try read(resampler.inputRows, count)
      skipped += count
    }
    var done = 0
    while done < stored.height {
      let count = min(RowResampler.rowsAtOnce, stored.height - done)
      try read(resampler.inputRows, count)
      for row in 0..<count {
        steps.prepare(resampler.inputRows[row], pixels: storedWidth, palette: palette)
      }
      resampler.consume(count)
      done += count
    }
    var pixels = resampler.finish()
    steps.finish(&pixels)
    let small = DecodedImage(
      mode: steps.mode, width: swaps ? window.height : window.width,
      height: swaps ? window.width : window.height,
      pixels: pixels, palette: steps.mode == .palette ? palette : [])
    return small.turned(orientation)
  }
}
