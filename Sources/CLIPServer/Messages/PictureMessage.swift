import CLIPSearch
import Foundation

/// A picture as the API describes it, without paths of this machine.
struct PictureMessage: Encodable, Sendable {
  var id: Int64
  var name: String
  var folder: String
  var width: Int
  var height: Int
  var bytes: Int64
  var format: String?
  var taken: String?
  var camera: String?
  var caption: String?
  var tags: [String]
  var thumbnail: String
  var original: String

  init(_ picture: Picture, folders: FolderNames, prefix: String) {
    self.init(
      id: picture.id, path: picture.path, width: picture.width, height: picture.height,
      bytes: picture.size, taken: picture.taken, camera: picture.camera,
      caption: picture.caption, tags: picture.tags, folders: folders, prefix: prefix)
    format = picture.format.isEmpty ? nil : picture.format
  }

  init(_ hit: SearchHit, folders: FolderNames, prefix: String) {
    self.init(
      id: hit.id, path: hit.path, width: hit.width, height: hit.height, bytes: hit.size,
      taken: hit.taken, camera: hit.camera, caption: hit.caption, tags: hit.tags,
      folders: folders, prefix: prefix)
  }

  private init(
    id: Int64, path: String, width: Int, height: Int, bytes: Int64, taken: String?,
    camera: String?, caption: String?, tags: [String], folders: FolderNames, prefix: String
  ) {
    self.id = id
    name = FolderNames.displayName(path)
    folder = folders.display(FolderNames.split(path).folder)
    self.width = width
    self.height = height
    self.bytes = bytes
    self.taken = taken
    self.camera = camera
    self.caption = caption
    self.tags = tags
    thumbnail = "\(prefix)/api/v1/pictures/\(id)/thumbnail"
    original = "\(prefix)/api/v1/pictures/\(id)/original"
  }
}

/// A page of pictures, ranked or listed.
struct PageMessage: Encodable, Sendable {
  /// A picture and why it stands where it stands.
  struct Hit: Encodable, Sendable {
    var picture: PictureMessage
    var cosine: Float?
    var probability: Float?
    var folded: [Int64]?
  }

  var hits: [Hit]
  var total: Int
  var offset: Int
  var nextOffset: Int?
  var milliseconds: Double
}
