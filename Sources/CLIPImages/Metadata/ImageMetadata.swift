public import Foundation

/// What a camera wrote beside the pixels: when, where and with what a picture was taken.
///
/// Read from the EXIF block of JPEG, PNG (`eXIf`), WebP and TIFF files without decoding pixels.
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
      guard let format = ImageFormat(signatureOf: bytes) else { return ImageMetadata() }
      return ImageMetadata(bytes, format)
    }
  }

  private init() {}

  private init(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) {
    orientation = Self.orientation(of: bytes, format: format)
    guard let block = MetadataLocator(bytes, format).exif, let exif = ExifBlock(block) else {
      return
    }
    let main = exif.mainDirectory
    cameraMake = exif.text(main[0x010F])
    cameraModel = exif.text(main[0x0110])
    let details = exif.directory(at: main[0x8769])
    lensModel = exif.text(details[0xA434])
    dateTaken =
      Self.date(exif.text(details[0x9003]), zone: exif.text(details[0x9011]))
      ?? Self.date(exif.text(details[0x9004]), zone: exif.text(details[0x9012]))
      ?? Self.date(exif.text(main[0x0132]), zone: exif.text(details[0x9010]))
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
  }

  /// EXIF's orientation, else the one of the XMP packet, as Pillow's `getexif`.
  static func orientation(
    of bytes: UnsafeRawBufferPointer, format: ImageFormat
  ) -> ImageOrientation {
    let locator = MetadataLocator(bytes, format)
    if let block = locator.exif, let exif = ExifBlock(block),
      let value = exif.integer(exif.mainDirectory[0x0112])
    {
      return ImageOrientation(rawValue: value) ?? .upright
    }
    return locator.orientationInXMP ?? .upright
  }

  /// Parses `2024:05:01 12:30:59` and a zone like `+08:00`.
  private static func date(_ text: String?, zone: String?) -> DateComponents? {
    let parts = (text ?? "").split(whereSeparator: { ":- T".contains($0) }).map { Int($0) }
    guard parts.count >= 6, let year = parts[0], let month = parts[1], let day = parts[2],
      let hour = parts[3], let minute = parts[4], let second = parts[5],
      (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    return DateComponents(
      timeZone: zone.flatMap(timeZone), year: year, month: month, day: day, hour: hour,
      minute: minute, second: second)
  }

  private static func timeZone(_ text: String) -> TimeZone? {
    let parts = text.dropFirst().split(separator: ":").map { Int($0) }
    guard let sign = text.first, sign == "+" || sign == "-", parts.count == 2,
      let hours = parts[0], let minutes = parts[1], (0...14).contains(hours),
      (0...59).contains(minutes)
    else { return nil }
    return TimeZone(secondsFromGMT: (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60))
  }
}
