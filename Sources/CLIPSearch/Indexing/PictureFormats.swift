/// Which files of a folder are pictures, by their names.
enum PictureFormats {
  /// What a file name promises.
  enum Support {
    case readable
    /// A picture that cannot be read here.
    case unreadable(String)
    case noPicture
  }

  private static let readable: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib", "tif", "tiff",
  ]
  private static let unreadable: Set<String> = [
    "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "psd", "svg", "ico",
    "dng", "cr2", "cr3", "nef", "nrw", "arw", "srf", "orf", "rw2", "raf", "pef", "srw", "x3f",
  ]

  static func support(ofName name: String) -> Support {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return .noPicture }
    let suffix = name[name.utf8.index(after: dot)...].lowercased()
    if readable.contains(suffix) { return .readable }
    guard unreadable.contains(suffix) else { return .noPicture }
    return .unreadable(
      "\(suffix.uppercased()) pictures cannot be read; keep a JPEG copy beside it to find it")
  }
}
