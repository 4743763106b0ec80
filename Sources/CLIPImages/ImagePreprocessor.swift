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

/// Makes of a picture what a model sees: squashed to a square by Pillow's bicubic filter, in RGB.
///
/// The aspect ratio is not kept and nothing is cropped (cn_clip/clip/utils.py, `image_transform`).
/// Division by 255 and normalisation belong to the model. Equal to Pillow 13 bit for bit, as the
/// tests show, unless the decoder may reduce; a value with settings only, for any number of threads.
public struct ImagePreprocessor: Sendable, Hashable {
  /// The side of the square, 224 or 336 in Chinese-CLIP.
  public var size: Int
  /// Limits, orientation and reduction.
  public var decoder: ImageDecoder
  /// When the picture becomes RGB.
  public var order: ConversionOrder

  /// Creates a preprocessor.
  public init(
    size: Int, decoder: ImageDecoder = ImageDecoder(), order: ConversionOrder = .resizeFirst
  ) {
    self.size = size
    self.decoder = decoder
    self.order = order
  }

  /// Decodes, turns, resizes and converts a picture while its rows are being read.
  ///
  /// - Parameter data: the bytes of a file.
  /// - Returns: `size` by `size` pixels.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func callAsFunction(_ data: Data) throws(ImageError) -> RGBImage {
    var decoder = decoder
    if decoder.reduction == .toModelSize { decoder.reduction = .upTo(targetSide: size) }
    return try decoder.render(data) { _, _ in rendering }.convertedToRGB()
  }

  /// The same for a picture that is already decoded.
  public func callAsFunction(_ image: DecodedImage) throws(ImageError) -> RGBImage {
    try image.rendered(rendering).convertedToRGB()
  }

  var rendering: Rendering {
    Rendering(space: order == .resizeFirst ? .native : .rgb, width: size, height: size)
  }
}
