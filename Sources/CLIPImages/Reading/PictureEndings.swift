/// What the ending of a file's name promises.
///
/// First bytes decide what a file is; an ending only says that somebody takes it for a picture, so
/// that it is never passed over in silence.
package enum PictureEndings {
  private static let all: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "jif", "mpo", "png", "apng", "webp", "gif", "bmp", "dib", "tif",
    "tiff",
    "dcm", "dicom", "heic", "heif", "hif", "heics", "heifs", "avif", "avifs", "jxl",
    // Camera RAW.
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef",
    "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
    // Pictures too, though of formats that are not read.
    "jp2", "j2k", "jpf", "jpx", "psd", "svg", "ico",
  ]

  /// Whether a name ends as pictures' names do.
  package static func ends(_ name: String) -> Bool {
    ending(of: name).map(all.contains) ?? false
  }

  /// Whether a file whose bytes cannot be seen may be a picture: by its ending, or for lack of one.
  static func mayEnd(_ name: String) -> Bool {
    ending(of: name).map(all.contains) ?? true
  }

  private static func ending(of name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return name[name.utf8.index(after: dot)...].lowercased()
  }
}
