package import CLIPImages
package import Foundation

/// All that a store keeps of a picture.
package struct StoredPicture: Sendable {
  package var picture: Picture
  /// Fingerprint of the file's contents.
  package var content: Data?
  /// A unit vector of the store's model.
  package var vector: [Float]?
  /// The caption's unit vector.
  package var captionVector: [Float]?

  package init(
    picture: Picture, content: Data?, vector: [Float]?, captionVector: [Float]?
  ) {
    self.picture = picture
    self.content = content
    self.vector = vector
    self.captionVector = captionVector
  }
}

/// What a store knows of a file.
package enum FileState: Sendable, Equatable {
  /// Nothing.
  case unknown
  /// A picture, as its file was when it was read.
  case picture(id: Int64, FileStatus, hasVector: Bool)
  /// It could not be taken in as it was.
  case failed(FileStatus, reason: String)
  /// A person has taken it out of the library.
  case forgotten
}
