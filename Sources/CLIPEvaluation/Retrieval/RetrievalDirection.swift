/// What is looked for with what.
public enum RetrievalDirection: String, Sendable, CaseIterable, Codable {
  /// A text is the query, pictures are found: the original's "IR".
  case textToImage = "text_to_image"
  /// A picture is the query, texts are found: the original's "TR".
  case imageToText = "image_to_text"

  /// The field that holds a query's id in the original's files.
  public var queryField: String { self == .textToImage ? "text_id" : "image_id" }
  /// The field that holds the answers' ids.
  public var resultField: String { self == .textToImage ? "image_ids" : "text_ids" }
  /// The field that holds the id of one thing that can be found.
  public var galleryField: String { self == .textToImage ? "image_id" : "text_id" }
  /// The other direction.
  public var reversed: RetrievalDirection { self == .textToImage ? .imageToText : .textToImage }
}
