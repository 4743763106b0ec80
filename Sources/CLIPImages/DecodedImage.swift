import CImageCodecs

/// A picture in the mode its file has, as Pillow's `Image.open(…).load()` keeps it.
///
/// Chinese-CLIP resizes before it converts to RGB, and what resizing does depends on the mode; so
/// the mode is kept until then.
public struct DecodedImage: Sendable, Hashable {
  /// Pillow's modes, as far as files of ``ImageFormat`` are opened in them.
  ///
  /// 16-bit samples keep their high byte: Pillow does this for colour, and clips grey to 255
  /// (white) much later, which helps nobody.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// Black (0) or white (255); one byte a pixel.
    case bilevel = "1"
    /// Grey; one byte a pixel.
    case grey = "L"
    /// Grey and straight alpha; two bytes a pixel.
    case greyAlpha = "LA"
    /// An index into ``DecodedImage/palette``; one byte a pixel.
    case palette = "P"
    /// Red, green, blue and 255.
    case rgb = "RGB"
    /// Red, green, blue and straight alpha.
    case rgba = "RGBA"
    /// Cyan, magenta, yellow and black; 255 is full ink.
    case cmyk = "CMYK"

    /// Bytes that one pixel takes in ``DecodedImage/pixels``: 1, 2 or 4.
    public var bytesPerPixel: Int {
      switch self {
      case .bilevel, .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb, .rgba, .cmyk: 4
      }
    }
  }

  /// The mode of the file.
  public let mode: Mode
  /// Pixels in a row.
  public let width: Int
  /// Number of rows.
  public let height: Int
  /// `width * height * mode.bytesPerPixel` bytes, rows from top to bottom.
  public let pixels: [UInt8]
  /// 256 colours of red, green, blue and alpha for ``Mode/palette``; empty otherwise.
  public let palette: [UInt8]
  /// What was wrong with the file though it could be read, as a sentence; nil for a sound file.
  public internal(set) var warning: String?

  init(mode: Mode, width: Int, height: Int, pixels: [UInt8], palette: [UInt8]) {
    assert(pixels.count == width * height * mode.bytesPerPixel)
    self.mode = mode
    self.width = width
    self.height = height
    self.pixels = pixels
    self.palette = palette
  }

  /// An RGB picture in this form.
  public init(_ image: RGBImage) {
    let count = image.width * image.height
    let pixels = [UInt8](unsafeUninitializedCapacity: count * 4) { result, initialized in
      image.pixels.withUnsafeBufferPointer { source in
        for pixel in 0..<count {
          result[4 * pixel] = source[3 * pixel]
          result[4 * pixel + 1] = source[3 * pixel + 1]
          result[4 * pixel + 2] = source[3 * pixel + 2]
          result[4 * pixel + 3] = 255
        }
      }
      initialized = count * 4
    }
    self.init(mode: .rgb, width: image.width, height: image.height, pixels: pixels, palette: [])
  }
}

extension DecodedImage.Mode {
  init(_ mode: cimage_mode) {
    switch mode {
    case CIMAGE_BILEVEL: self = .bilevel
    case CIMAGE_GREY: self = .grey
    case CIMAGE_GREY_ALPHA: self = .greyAlpha
    case CIMAGE_PALETTE: self = .palette
    case CIMAGE_RGBA: self = .rgba
    case CIMAGE_CMYK: self = .cmyk
    default: self = .rgb
    }
  }
}
