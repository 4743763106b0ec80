import CImageCodecs
public import Foundation

/// Writes pictures: JPEG for thumbnails, PNG for contact sheets and exact pixels.
public enum PictureWriter {
  /// Encodes a JPEG (baseline, 4:2:0 chroma).
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - quality: libjpeg's quality, 1 to 100.
  /// - Returns: the bytes of a file.
  /// - Throws: ``ImageError/invalidRequest(_:)`` for a quality outside of that range or a side over
  ///   65,500, JPEG's limit.
  public static func jpeg(_ image: RGBImage, quality: Int = 85) throws(ImageError) -> Data {
    guard (1...100).contains(quality) else {
      throw .invalidRequest("JPEG quality \(quality) is not between 1 and 100")
    }
    guard image.width <= 65_500, image.height <= 65_500 else {
      throw .invalidRequest(
        "a JPEG of \(image.width) x \(image.height) pixels; its sides end at 65,500")
    }
    return try encoded(.jpeg) { bytes, count, failure in
      cimage_encode_jpeg(
        image.pixels, UInt32(image.width), UInt32(image.height), Int32(quality), &bytes, &count,
        &failure)
    }
  }

  /// Encodes a PNG (8-bit RGB).
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - compression: zlib's level, 0 (none) to 9 (smallest).
  /// - Returns: the bytes of a file.
  /// - Throws: ``ImageError/invalidRequest(_:)`` for a level outside of that range.
  public static func png(_ image: RGBImage, compression: Int = 6) throws(ImageError) -> Data {
    guard (0...9).contains(compression) else {
      throw .invalidRequest("PNG compression \(compression) is not between 0 and 9")
    }
    guard image.width <= Int32.max, image.height <= Int32.max else {
      throw .invalidRequest("a PNG of \(image.width) x \(image.height) pixels")
    }
    return try encoded(.png) { bytes, count, failure in
      cimage_encode_png(
        image.pixels, UInt32(image.width), UInt32(image.height), Int32(compression), &bytes,
        &count, &failure)
    }
  }

  private static func encoded(
    _ format: ImageFormat,
    _ encode: (
      inout UnsafeMutablePointer<UInt8>?, inout Int, inout cimage_failure
    ) -> cimage_status
  ) throws(ImageError) -> Data {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var failure = cimage_failure()
    let status = encode(&bytes, &count, &failure)
    guard status == CIMAGE_OK, let bytes else { throw ImageError(failure, format) }
    defer { cimage_free(bytes) }
    return Data(bytes: bytes, count: count)
  }
}
