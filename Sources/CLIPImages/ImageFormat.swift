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
  /// HEIF of HEVC pictures, as iPhones write: the primary picture. Needs libheif at run time.
  case heic = "HEIC"
  /// AVIF: the primary picture. Needs libheif at run time.
  case avif = "AVIF"
  /// JPEG XL: the first frame. Needs libjxl at run time.
  case jpegXL = "JXL"
  /// Camera RAW: the preview in it. Needs libraw at run time.
  case raw = "RAW"
  /// DICOM, as X-ray machines write it: the first frame, uncompressed, run-length encoded or JPEG,
  /// in the window that the file asks for.
  case dicom = "DICOM"

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
    } else if begins([0xFF, 0x0A])
      || begins([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A])
    {
      self = .jpegXL
    } else if begins(Array("ftyp".utf8), at: 4), let format = Self.ofBrands(head) {
      self = format
    } else if Self.rawSignatures.contains(where: { begins($0.bytes, at: $0.offset) }) {
      self = .raw
    } else if begins(Array("DICM".utf8), at: 128) {
      self = .dicom
    } else if begins([0x49, 0x49, 0x2A, 0]) || begins([0x4D, 0x4D, 0, 0x2A])
      || begins([0x49, 0x49, 0x2B, 0]) || begins([0x4D, 0x4D, 0, 0x2B])
    {
      self = .tiff
    } else {
      return nil
    }
  }

  /// The ending that files of this format are given when they are written under a new name.
  package var fileEnding: String {
    switch self {
    case .jpeg: "jpg"
    case .dicom: "dcm"
    default: rawValue.lowercased()
    }
  }

  /// How many bytes of a file are enough to recognise its format.
  public static let signatureLength = 132

  /// Signatures of cameras' own formats that are not plain TIFF (CR2 begins as TIFF does).
  private static let rawSignatures: [(bytes: [UInt8], offset: Int)] = [
    (Array("CR\u{2}".utf8), 8), (Array("FUJIFILMCCD-RAW".utf8), 0), (Array("FOVb".utf8), 0),
    (Array("IIRO".utf8), 0), (Array("IIRS".utf8), 0), (Array("MMOR".utf8), 0),
    (Array("IIU\0".utf8), 0), (Array("\0MRM".utf8), 0), (Array("HEAPCCDR".utf8), 6),
  ]

  /// The family of boxes that HEIF, AVIF and CR3 share with MP4, told apart by their brands.
  private static func ofBrands(_ head: [UInt8]) -> ImageFormat? {
    let size = head[..<4].reduce(0) { $0 << 8 | Int($1) }
    func brand(at offset: Int) -> String {
      String(decoding: head[min(offset, head.count)..<min(offset + 4, head.count)], as: UTF8.self)
    }
    switch brand(at: 8) {
    case "crx ": return .raw
    case "avif", "avis": return .avif
    case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs": return .heic
    case "mif1", "mif2", "msf1", "miaf":
      let others = stride(from: 16, to: min(size, head.count - 3), by: 4).map(brand)
      return others.contains { $0 == "avif" || $0 == "avis" } ? .avif : .heic
    default: return nil
    }
  }

  /// Recognises the format of a whole file: RAW files that begin as TIFF are told by their tags.
  init?(of bytes: UnsafeRawBufferPointer) {
    guard let format = ImageFormat(signatureOf: bytes) else { return nil }
    self = format == .tiff && ExifBlock(bytes[...])?.isCameraRaw == true ? .raw : format
  }

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
    case .heic, .avif: CIMAGE_HEIF
    case .jpegXL: CIMAGE_JXL
    case .raw: CIMAGE_RAW
    case .dicom: CIMAGE_DICOM
    }
  }
}
