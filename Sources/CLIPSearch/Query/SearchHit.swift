/// A picture that answers a query, with the scores that put it in its place.
public struct SearchHit: Sendable, Identifiable, Codable, Equatable {
  /// The picture's number in the library.
  public var id: Int64
  /// The absolute path of the picture's file.
  public var path: String
  /// The cosine between the query's vector and the picture's, `-1...1`.
  public var cosine: Float
  /// What the model of ``PictureLibrary/reranked(_:first:by:with:unreadable:)`` says; nil where none was
  /// asked.
  public var rerankScore: Float?
  /// The query's share when it competes with the library's background prompts for this picture,
  /// `0...1`; `nil` when the query has no text.
  ///
  /// It is the first element of `softmax(logitScale * [cosine, background cosines…])`.
  public var probability: Float?
  /// The caption, if there is one.
  public var caption: String?
  /// Tags in alphabetical order.
  public var tags: [String]
  /// Width in pixels as shown, after EXIF orientation; 0 if not known (imported vectors).
  public var width: Int
  /// Height in pixels as shown, after EXIF orientation; 0 if not known (imported vectors).
  public var height: Int
  /// Bytes of the file.
  public var size: Int64
  /// When the picture was taken, local time of the camera as `2024-05-01T12:30:00`.
  public var taken: String?
  /// Maker and model of the camera.
  public var camera: String?
  /// Numbers of the pictures that were folded into this one, best first.
  public var folded: [Int64]
}
