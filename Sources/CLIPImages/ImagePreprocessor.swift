public import Foundation

/// Whether a picture becomes RGB before or after it is resized; it changes pixels of palettes,
/// transparency and CMYK.
public enum ConversionOrder: String, Sendable, Hashable, CaseIterable, Codable {
  /// Chinese-CLIP's `image_transform`: resize in the native mode, then convert.
  case resizeFirst = "resize_first"
  /// torchvision's ImageFolder (the original's zero-shot classification) and Hugging Face's
  /// processor: convert, then resize.
  case convertFirst = "convert_first"
}

/// Makes of a picture what a model sees: a square in RGB, squashed by Pillow's bicubic filter unless
/// told otherwise.
///
/// Chinese-CLIP keeps no aspect ratio and crops nothing (cn_clip/clip/utils.py, `image_transform`).
/// Division by 255 and normalisation belong to the model. Equal to Pillow 13 bit for bit, as the
/// tests show, unless the decoder may reduce; a value with settings only, for any number of threads.
public struct ImagePreprocessor: Sendable, Hashable {
  /// The side of the square, 224 or 336 in Chinese-CLIP.
  public var size: Int
  /// Limits, orientation and reduction.
  public var decoder: ImageDecoder
  /// When the picture becomes RGB.
  public var order: ConversionOrder
  /// How the picture becomes a square.
  public var fit: PictureFit
  /// How source pixels are weighted.
  public var filter: ResamplingFilter

  /// Creates a preprocessor.
  public init(
    size: Int, decoder: ImageDecoder = ImageDecoder(), order: ConversionOrder = .resizeFirst,
    fit: PictureFit = .squash, filter: ResamplingFilter = .bicubic
  ) {
    self.size = size
    self.decoder = decoder
    self.order = order
    self.fit = fit
    self.filter = filter
  }

  /// Decodes, turns, resizes and converts a picture, while its rows are being read unless it is to
  /// be padded.
  ///
  /// - Parameter data: the bytes of a file.
  /// - Returns: `size` by `size` pixels.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func callAsFunction(_ data: Data) throws(ImageError) -> RGBImage {
    try image(data, note: nil)
  }

  /// The same with what the file says about itself, in one reading.
  ///
  /// - Parameter data: the bytes of a file.
  /// - Returns: `size` by `size` pixels, and the file's own words.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func inspecting(
    _ data: Data
  ) throws(ImageError) -> (image: RGBImage, source: ImageSource?) {
    var source: ImageSource?
    let image = try image(data) { source = $0 }
    return (image, source)
  }

  /// The picture with the edges that the model sees, for people: in its own shape where it is squashed.
  ///
  /// - Parameters:
  ///   - data: the bytes of a file.
  ///   - side: pixels of the longer side.
  /// - Returns: the picture; it is not made larger where it is squashed.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  package func shown(_ data: Data, side: Int) throws(ImageError) -> RGBImage {
    var larger = self
    larger.size = side
    switch fit {
    case .squash: return try decoder.thumbnail(of: data, fittingWithin: side)
    case .centerCrop(let shorterSide, let rounding):
      larger.fit = .centerCrop(shorterSide: shorterSide * side / size, rounding: rounding)
    case .padToSquare: break
    }
    return try larger(data)
  }

  private func image(
    _ data: Data, note: ((ImageSource) -> Void)?
  ) throws(ImageError) -> RGBImage {
    var decoder = decoder
    if decoder.reduction == .toModelSize {
      decoder.reduction = .upTo(targetSide: fit.shorterSide(for: size))
    }
    if case .padToSquare = fit { return try self(decoder.decode(data, note: note)) }
    return try decoder.render(data, note: note, plan: rendering).convertedToRGB()
  }

  /// The same for a picture that is already decoded.
  public func callAsFunction(_ image: DecodedImage) throws(ImageError) -> RGBImage {
    guard case .padToSquare(let brightness) = fit else {
      return try image.rendered(rendering(width: image.width, height: image.height))
        .convertedToRGB()
    }
    return try image.convertedToRGB()
      .paddedToSquare(brightness: brightness, maximumPixels: decoder.maximumPixels)
      .resized(width: size, height: size, filter: filter)
  }

  /// The way of an upright picture of some size, where nothing is added around it.
  private func rendering(width: Int, height: Int) throws(ImageError) -> Rendering {
    var rendering = Rendering(width: size, height: size)
    if case .centerCrop(let shorterSide, let rounding) = fit {
      rendering = try .centerCrop(
        width: width, height: height, shorterSide: shorterSide, size: size, rounding: rounding)
    }
    rendering.space = order == .resizeFirst ? .native : .rgb
    rendering.filter = filter
    return rendering
  }
}
