package import CLIPImages
package import Foundation

/// What is known of a picture file when it is put into the catalogue.
package struct CatalogueEntry: Sendable {
  package var path: String
  package var status: FileStatus
  package var content: Data?
  package var format = ""
  package var width = 0
  package var height = 0
  package var taken: String?
  package var camera: String?
  /// `nil` leaves the caption that is there.
  package var caption: String?
  /// Are added to the tags that are there.
  package var tags: [String] = []
  /// A unit vector of the picture; `nil` leaves the vector that is there.
  package var vector: [Float]?
  /// A unit vector of the caption.
  package var captionVector: [Float]?

  package init(path: String, status: FileStatus, content: Data? = nil) {
    self.path = path
    self.status = status
    self.content = content
  }

  /// What is known of contents, for another file that has them.
  init(_ file: PictureLister.File, sharing known: StoredPicture) {
    self.init(path: file.path, status: file.status, content: known.content)
    format = known.picture.format
    width = known.picture.width
    height = known.picture.height
    taken = known.picture.taken
    camera = known.picture.camera
    vector = known.vector
  }
}
