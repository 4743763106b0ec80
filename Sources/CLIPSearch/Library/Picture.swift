/// A picture of the library as its catalogue knows it.
public struct Picture: Sendable, Identifiable, Codable, Equatable {
  /// The number that the library gave it; never used again after a deletion.
  public var id: Int64
  /// The absolute path of its file.
  public var path: String
  /// Bytes of the file.
  public var size: Int64
  /// The file's modification time in nanoseconds since 1970.
  public var modified: Int64
  /// `jpeg`, `png`, …; empty if not known (imported vectors).
  public var format: String
  /// Width in pixels as shown, after EXIF orientation; 0 if not known.
  public var width: Int
  /// Height in pixels as shown, after EXIF orientation; 0 if not known.
  public var height: Int
  /// When it was taken, local time of the camera as `2024-05-01T12:30:00`.
  public var taken: String?
  /// Maker and model of the camera.
  public var camera: String?
  /// A sentence about the picture.
  public var caption: String?
  /// Tags in alphabetical order.
  public var tags: [String]

  package init(
    id: Int64, path: String, size: Int64, modified: Int64, format: String, width: Int, height: Int,
    taken: String?, camera: String?, caption: String?, tags: [String]
  ) {
    self.id = id
    self.path = path
    self.size = size
    self.modified = modified
    self.format = format
    self.width = width
    self.height = height
    self.taken = taken
    self.camera = camera
    self.caption = caption
    self.tags = tags
  }
}
