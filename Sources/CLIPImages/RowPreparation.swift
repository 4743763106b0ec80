import CImageCodecs

/// What happens to each row before it is resized, and to the result afterwards.
struct RowPreparation {
  /// The mode that is resized.
  let mode: DecodedImage.Mode
  let filter: ResamplingFilter
  private let source: DecodedImage.Mode
  private let premultiplies: Bool

  init(
    mode source: DecodedImage.Mode, space: Rendering.WorkingSpace, resizes: Bool,
    filter: ResamplingFilter
  ) {
    self.source = source
    mode =
      switch (space, source) {
      case (.native, _): source
      case (_, .bilevel), (_, .grey), (.rgb, .greyAlpha): .grey
      case (.keepingAlpha, .greyAlpha): .greyAlpha
      case (.keepingAlpha, .palette), (.keepingAlpha, .rgba): .rgba
      case (_, .palette), (_, .rgb), (_, .rgba), (_, .cmyk): .rgb
      }
    // Indices and black-and-white cannot be mixed.
    self.filter = mode == .palette || mode == .bilevel ? .nearest : filter
    premultiplies =
      resizes && self.filter != .nearest && (mode == .rgba || mode == .greyAlpha)
  }

  func prepare(_ row: UnsafeMutablePointer<UInt8>, pixels: Int, palette: [UInt8]) {
    if mode != source {
      switch source {
      case .greyAlpha: cimage_drop_grey_alpha(row, pixels)
      case .palette: cimage_palette_to_rgba(row, pixels, palette)
      case .cmyk: cimage_cmyk_to_rgb(row, pixels)
      case .bilevel, .grey, .rgb, .rgba: break
      }
    }
    guard premultiplies else { return }
    if mode == .rgba {
      cimage_premultiply_rgba(row, pixels)
    } else {
      cimage_premultiply_grey_alpha(row, pixels)
    }
  }

  func finish(_ pixels: inout [UInt8]) {
    guard premultiplies else { return }
    if mode == .rgba {
      cimage_unpremultiply_rgba(&pixels, pixels.count / 4)
    } else {
      cimage_unpremultiply_grey_alpha(&pixels, pixels.count / 2)
    }
  }
}
