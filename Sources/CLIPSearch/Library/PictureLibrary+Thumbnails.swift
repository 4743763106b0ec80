import CLIPImages
public import Foundation
import GRDB

extension PictureLibrary {
  /// The longer sides that thumbnails come in.
  public static let thumbnailSides = [160, 320, 640, 1280]

  /// A small JPEG of a picture, upright; made once and kept in the library's folder.
  ///
  /// - Parameters:
  ///   - id: The picture's number.
  ///   - side: Rounded up to one of ``thumbnailSides``.
  /// - Returns: A JPEG.
  /// - Throws: ``SearchError/noPicture(id:)``, ``SearchError/unreadablePicture(path:reason:)``, or
  ///   what is wrong with the file.
  public func thumbnail(of id: Int64, side: Int = 320) throws -> Data {
    let sides = Self.thumbnailSides
    let side = sides.first { $0 >= side } ?? sides[sides.count - 1]
    let row = try database.read {
      try Row.fetchOne(
        $0, sql: "SELECT path, size, modified, content FROM pictures WHERE id = ?",
        arguments: [id])
    }
    guard let row else { throw SearchError.noPicture(id: id) }
    let path: String = row["path"]
    // Named by contents: a picture that changes gets another thumbnail, copies share one.
    let content: Data =
      row["content"]
      ?? PictureFile.fingerprint(
        Data("\(path)\0\(row["size"] as Int64)\0\(row["modified"] as Int64)".utf8))
    let name = content.map { String($0, radix: 16) }.map { $0.count < 2 ? "0" + $0 : $0 }.joined()
    let folder = "\(self.folder)/thumbnails/\(name.prefix(2))"
    let file = "\(folder)/\(name)-\(side).jpg"
    // A picture whose file has gone keeps its thumbnail until it is taken out.
    if let kept = FileManager.default.contents(atPath: file), kept.starts(with: [0xff, 0xd8]) {
      return kept
    }
    let image = try ImageDecoder().thumbnail(
      of: try PictureFile.read(path), fittingWithin: side)
    let thumbnail = try ImageEncoder.jpeg(image, quality: 82)
    // Not being able to keep it only costs time.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? thumbnail.write(to: URL(fileURLWithPath: file), options: .atomic)
    return thumbnail
  }

  /// Throws all thumbnails away; they are made again when they are asked for.
  public func discardThumbnails() throws {
    let path = folder + "/thumbnails"
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw SearchError.unwritable(path: path, reason: error.localizedDescription)
    }
  }
}
