public import Foundation

/// Why a picture could not be read or written.
///
/// Each case reads as one sentence without the picture's name: the caller knows it and puts it in
/// front (`"cat.jpg: \(error)"`).
public enum ImageError: LocalizedError, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder cannot be opened or read.
  case unreadable(reason: String)
  /// There are no bytes at all.
  case empty
  /// The first bytes belong to none of the formats in ``ImageFormat``.
  case unknownFormat
  /// The data end before the picture does; Pillow refuses such files too.
  case truncated(ImageFormat, reason: String)
  /// The data contradict the format.
  case corrupt(ImageFormat, reason: String)
  /// The picture has more pixels than ``ImageDecoder/maximumPixels``.
  case tooLarge(ImageFormat, reason: String)
  /// A valid file of a kind that is not read here.
  case unsupported(ImageFormat, reason: String)
  /// The format is read by a library that is not on this machine.
  case missingLibrary(ImageFormat, library: String)
  /// Memory for the picture was refused by the system.
  case outOfMemory(reason: String)
  /// A size, rectangle or quality that makes no sense was asked for.
  case invalidRequest(String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// The sentence.
  public var description: String {
    switch self {
    case .unreadable(let reason):
      "It cannot be read (\(reason))."
    case .empty:
      "The picture has no bytes; get a complete copy."
    case .unknownFormat:
      "The first bytes are not those of a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF, JPEG XL or "
        + "camera RAW picture; convert it to one of these."
    case .truncated(let format, let reason):
      "The \(format.rawValue) picture is cut off (\(reason)); get a complete copy."
    case .corrupt(let format, let reason):
      "The \(format.rawValue) picture is damaged (\(reason)); get an undamaged copy."
    case .tooLarge(let format, let reason):
      "The \(format.rawValue) picture is too large (\(reason)); raise the limit on pixels if you "
        + "trust it."
    case .unsupported(let format, let reason):
      "The \(format.rawValue) picture is of a kind that is not read here (\(reason)); convert it "
        + "to an ordinary JPEG or PNG."
    case .missingLibrary(let format, let library):
      "\(format.rawValue) pictures are read by the library \(library), which is not on this "
        + "machine; install it (Debian and Ubuntu: apt-get install "
        + "\(Self.debianPackages[library, default: library]))."
    case .outOfMemory(let reason):
      "The picture could not be processed (\(reason)); lower the limit on pixels or the number of "
        + "pictures decoded at once."
    case .invalidRequest(let reason):
      "The picture cannot be processed as asked: \(reason)."
    }
  }

  /// Packages whose names do not change with a library's version.
  private static let debianPackages = [
    "libheif": "libheif1", "libjxl": "libjxl-tools", "libraw": "libraw-bin",
  ]
}
