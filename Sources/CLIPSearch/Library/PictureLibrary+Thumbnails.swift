import CLIPImages
import Files
public import Foundation
import Threads

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
  public func thumbnail(of id: Int64, side: Int = 320) async throws -> Data {
    let name = try await thumbnailName(of: id, side: side)
    return try await offloaded {
      if let kept = keptThumbnail(name) { return kept }
      return try await thumbnail(name)
    }
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
  package func thumbnailName(of id: Int64, side: Int) async throws -> ThumbnailName {
    let sides = Self.thumbnailSides
    let side = sides.first { $0 >= side } ?? sides[sides.count - 1]
    guard let picture = try await picture(id) else { throw SearchError.noPicture(id: id) }
    let content =
      try await store.content(of: id)
      ?? PictureFile.fingerprint(
        Data("\(picture.path)\0\(picture.size)\0\(picture.modified)".utf8))
    let digits = content.map { String($0, radix: 16) }.map { $0.count < 2 ? "0" + $0 : $0 }
    return ThumbnailName(
      name: "\(digits.joined())-\(side)", side: side, picture: picture.path)
  }

  /// Makes the thumbnail of a name, a JPEG, and keeps it.
  ///
  /// Decoding takes as long as a stranger pleases: it is done on the threads that the task prefers.
  ///
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``, or what is wrong with the file.
  package func thumbnail(_ thumbnail: ThumbnailName) async throws -> Data {
    let picture = try OpenPicture(thumbnail.picture, within: try await servedFolders())
    let image = try ImageDecoder().thumbnail(
      of: try picture.readAll(), fittingWithin: thumbnail.side)
    let made = try PictureWriter.jpeg(image, quality: 82)
    // Not being able to keep it only costs time.
    let file = thumbnailFile(thumbnail)
    if !store.isReadOnly, (try? PrivateFiles.makeFolder(Paths.split(file).folder)) != nil {
      try? PictureFile.write(made, to: file, isDurable: false)
    }
    return made
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

  private var thumbnailsFolder: String { folder + "/thumbnails" }

  private func thumbnailFile(_ thumbnail: ThumbnailName) -> String {
    "\(thumbnailsFolder)/\(thumbnail.name.prefix(2))/\(thumbnail.name).jpg"
  }

  /// Throws all thumbnails away; they are made again when they are asked for.
  public func discardThumbnails() async throws {
    let path = thumbnailsFolder
    try await offloaded {
      guard FileManager.default.fileExists(atPath: path) else { return }
      do { try FileManager.default.removeItem(atPath: path) } catch {
        throw SearchError.unwritable(path: path, reason: SystemError.reason(error))
      }
    }
  }
}
