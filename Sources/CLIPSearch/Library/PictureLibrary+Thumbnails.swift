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
    try thumbnail(thumbnailName(of: id, side: side))
  }

  /// What a thumbnail is called and made from.
  package struct ThumbnailName: Sendable {
    /// Says what the thumbnail shows: a picture that changes gets another, copies share one.
    package let name: String
    fileprivate let side: Int
    fileprivate let picture: String
  }

  /// The name of a picture's thumbnail, without making it.
  ///
  /// - Parameters:
  ///   - id: The picture's number.
  ///   - side: Rounded up to one of ``thumbnailSides``.
  /// - Returns: A name, for a cache's key too.
  /// - Throws: ``SearchError/noPicture(id:)``.
  package func thumbnailName(of id: Int64, side: Int) throws -> ThumbnailName {
    let sides = Self.thumbnailSides
    let side = sides.first { $0 >= side } ?? sides[sides.count - 1]
    return try database.read { [database] connection in
      let statement = try connection.cachedStatement(
        sql: "SELECT path, size, modified, content FROM pictures WHERE id = ?")
      guard let row = try Row.fetchOne(statement, arguments: [id]) else {
        throw SearchError.noPicture(id: id)
      }
      let path = database.absolute(row[0])
      let content: Data =
        row[3]
        ?? PictureFile.fingerprint(
          Data("\(path)\0\(row[1] as Int64)\0\(row[2] as Int64)".utf8))
      let digits = content.map { String($0, radix: 16) }.map { $0.count < 2 ? "0" + $0 : $0 }
      return ThumbnailName(name: "\(digits.joined())-\(side)", side: side, picture: path)
    }
  }

  /// The thumbnail of a name, a JPEG.
  ///
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``, or what is wrong with the file.
  package func thumbnail(_ thumbnail: ThumbnailName) throws -> Data {
    try keptThumbnail(thumbnail) ?? makeThumbnail(thumbnail)
  }

  /// The thumbnail of a name if it has been made before: reading a small file, no decoding.
  ///
  /// A picture whose file has gone keeps its thumbnail until it is taken out.
  package func keptThumbnail(_ thumbnail: ThumbnailName) -> Data? {
    // A thumbnail that is not there, or not one, is made again.
    guard
      let kept = try? OpenPicture(
        thumbnailFile(thumbnail), within: [thumbnailsFolder]),
      kept.format == .jpeg
    else { return nil }
    return try? kept.readAll()
  }

  /// Makes the thumbnail of a name and keeps it.
  private func makeThumbnail(_ thumbnail: ThumbnailName) throws -> Data {
    let picture = try OpenPicture(thumbnail.picture, within: servedFolders())
    let image = try ImageDecoder().thumbnail(
      of: try picture.readAll(), fittingWithin: thumbnail.side)
    let made = try PictureWriter.jpeg(image, quality: 82)
    // Not being able to keep it only costs time.
    let file = thumbnailFile(thumbnail)
    if !database.isReadOnly, (try? PrivateFiles.makeFolder(Paths.split(file).folder)) != nil {
      try? PictureFile.write(made, to: file, isDurable: false)
    }
    return made
  }

  private var thumbnailsFolder: String { folder + "/thumbnails" }

  private func thumbnailFile(_ thumbnail: ThumbnailName) -> String {
    "\(thumbnailsFolder)/\(thumbnail.name.prefix(2))/\(thumbnail.name).jpg"
  }

  /// Throws all thumbnails away; they are made again when they are asked for.
  public func discardThumbnails() throws {
    let path = thumbnailsFolder
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw SearchError.unwritable(path: path, reason: error.localizedDescription)
    }
  }
}
