import CImageCodecs

/// The file formats that are read, recognised by their first bytes and never by a file's name.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable, Codable {
  /// JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
  case jpeg = "JPEG"
  /// PNG: every colour type and depth, interlaced or not; of an APNG the default picture.
  case png = "PNG"
  /// WebP: lossy and lossless; of an animation the first frame.
  case webp = "WebP"
  /// GIF: the first frame.
  case gif = "GIF"
  /// Windows and OS/2 bitmaps.
  case bmp = "BMP"
  /// TIFF: the first page.
  case tiff = "TIFF"

  /// Recognises a format; nil when the first bytes are none of the known signatures.
  ///
  /// - Parameter bytes: the file, or at least its first ``signatureLength`` bytes.
  public init?(signatureOf bytes: some Sequence<UInt8>) {
    let head = Array(bytes.prefix(Self.signatureLength))
    func begins(_ signature: [UInt8], at offset: Int = 0) -> Bool {
      head.dropFirst(offset).starts(with: signature)
    }
    if begins([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if begins(Array("RIFF".utf8)) && begins(Array("WEBP".utf8), at: 8) {
      self = .webp
    } else if begins(Array("GIF87a".utf8)) || begins(Array("GIF89a".utf8)) {
      self = .gif
    } else if begins(Array("BM".utf8)), Self.hasBitmapHeader(head) {
      self = .bmp
    } else if begins([0x49, 0x49, 0x2A, 0]) || begins([0x4D, 0x4D, 0, 0x2A])
      || begins([0x49, 0x49, 0x2B, 0]) || begins([0x4D, 0x4D, 0, 0x2B])
    {
      self = .tiff
    } else {
      return nil
    }
  }

  /// How many bytes of a file are enough to recognise its format.
  public static let signatureLength = 64

  /// Two letters begin many a text: the length of the second header must be one that exists.
  private static func hasBitmapHeader(_ head: [UInt8]) -> Bool {
    guard head.count >= 18 else { return true }
    return [12, 16, 40, 52, 56, 64, 108, 124].contains(head[14])
      && head[15..<18].allSatisfy { $0 == 0 }
  }

  var codec: cimage_format {
    switch self {
    case .jpeg: CIMAGE_JPEG
    case .png: CIMAGE_PNG
    case .webp: CIMAGE_WEBP
    case .gif: CIMAGE_GIF
    case .bmp: CIMAGE_BMP
    case .tiff: CIMAGE_TIFF
    }
  }
}
