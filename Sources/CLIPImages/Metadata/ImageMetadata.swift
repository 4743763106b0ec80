public import Foundation

/// What a camera wrote beside the pixels: when, where and with what a picture was taken.
///
/// Read from the EXIF block of JPEG, PNG (`eXIf`), WebP, TIFF, HEIC, AVIF, JPEG XL and camera RAW files
/// without decoding pixels.
/// Every field may be absent, and nothing is believed that does not make sense.
public struct ImageMetadata: Sendable, Hashable {
  /// How the picture must be turned to be upright.
  public var orientation = ImageOrientation.upright
  /// Local date and time of the photograph (`DateTimeOriginal`, else `DateTime`), with the time
  /// zone where the camera wrote one.
  public var dateTaken: DateComponents?
  /// The camera's manufacturer.
  public var cameraMake: String?
  /// The camera's model.
  public var cameraModel: String?
  /// The lens.
  public var lensModel: String?
  /// Degrees north of the equator, -90 to 90.
  public var latitude: Double?
  /// Degrees east of Greenwich, -180 to 180.
  public var longitude: Double?
  /// Metres above sea level.
  public var altitude: Double?

  /// Reads the metadata of a file.
  ///
  /// - Parameter data: the bytes of a file of any format, or of no picture at all: then every
  ///   field is empty.
  public init(of data: Data) {
    self = data.withUnsafeBytes { bytes in
      guard let format = ImageFormat(of: bytes) else { return ImageMetadata() }
      return ImageMetadata(bytes, format)
    }
  }

  private init() {}

  init(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) {
    if format == .raw {
      orientation = Self.orientation(of: bytes, format: format)
      readRaw(bytes)
      return
    }
    let locator = MetadataLocator(bytes, format)
    var found: ImageOrientation?
    if let block = locator.exif {
      found = read(block)
    } else if let copy = CopiedMetadata(bytes, format) {
      found = read(copy.bytes[...])
    }
    // Those come turned.
    guard ![.heic, .avif, .jpegXL].contains(format) else { return }
    orientation = found ?? locator.orientationInXMP ?? .upright
  }

  /// A RAW file's own directory says most, where it has one; else its preview's.
  private mutating func readRaw(_ bytes: UnsafeRawBufferPointer) {
    if let preview = CopiedMetadata(bytes, .raw),
      let block = MetadataLocator(preview.bytes, .jpeg).exif
    {
      read(block)
    }
    let own = bytes[...]
    if ExifBlock(own)?.mainDirectory[0x010F] != nil { read(own) }
  }

  /// - Returns: The orientation that the block says.
  @discardableResult
  private mutating func read(_ block: Slice<UnsafeRawBufferPointer>) -> ImageOrientation? {
    guard let exif = ExifBlock(block) else { return nil }
    let main = exif.mainDirectory
    cameraMake = exif.text(main[0x010F])
    cameraModel = exif.text(main[0x0110])
    let details = exif.directory(at: main[0x8769])
    lensModel = exif.text(details[0xA434])
    dateTaken =
      ExifDate.components(exif.text(details[0x9003]), zone: exif.text(details[0x9011]))
      ?? ExifDate.components(exif.text(details[0x9004]), zone: exif.text(details[0x9012]))
      ?? ExifDate.components(exif.text(main[0x0132]), zone: exif.text(details[0x9010]))
    let position = exif.directory(at: main[0x8825])
    if let north = exif.degrees(position[2], sign: position[1], negative: "S", limit: 90),
      let east = exif.degrees(position[4], sign: position[3], negative: "W", limit: 180)
    {
      latitude = north
      longitude = east
    }
    if let metres = exif.rationals(position[6]).first, metres < 100_000 {
      altitude = exif.integer(position[5]) == 1 ? -metres : metres
    }
    return Self.orientation(exif)
  }

  /// EXIF's orientation, else the one of the XMP packet, as Pillow's `getexif`.
  static func orientation(
    of bytes: UnsafeRawBufferPointer, format: ImageFormat
  ) -> ImageOrientation {
    switch format {
    case .heic, .avif, .jpegXL: return .upright  // they come turned
    case .raw:
      guard let preview = CopiedMetadata(bytes, format) else {
        return ExifBlock(bytes[...]).flatMap(Self.orientation) ?? .upright
      }
      return orientation(of: preview.bytes, format: .jpeg)
    case .dicom: return .upright
    case .jpeg, .png, .webp, .gif, .bmp, .tiff: break
    }
    let locator = MetadataLocator(bytes, format)
    if let found = locator.exif.flatMap(ExifBlock.init).flatMap(orientation) { return found }
    if locator.exif == nil, let copy = CopiedMetadata(bytes, format),
      let found = ExifBlock(copy.bytes[...]).flatMap(orientation)
    {
      return found
    }
    return locator.orientationInXMP ?? .upright
  }

  private static func orientation(_ exif: ExifBlock) -> ImageOrientation? {
    exif.integer(exif.mainDirectory[0x0112]).map { ImageOrientation(rawValue: $0) ?? .upright }
  }
}
