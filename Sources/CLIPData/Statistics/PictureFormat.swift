import Foundation

/// Names a picture's file format by its first bytes.
enum PictureFormat {
  static func name(of data: Data) -> String {
    let head = Array(data.prefix(12))
    func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    if begins([0xFF, 0xD8, 0xFF]) { return "JPEG" }
    if begins([0x89, 0x50, 0x4E, 0x47]) { return "PNG" }
    if begins(Array("GIF8".utf8)) { return "GIF" }
    if begins(Array("BM".utf8)) { return "BMP" }
    if begins(Array("RIFF".utf8)), head.dropFirst(8).elementsEqual("WEBP".utf8) { return "WebP" }
    if begins([0x49, 0x49, 0x2A, 0]) || begins([0x4D, 0x4D, 0, 0x2A]) { return "TIFF" }
    return "unknown"
  }
}
