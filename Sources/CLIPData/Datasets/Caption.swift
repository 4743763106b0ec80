/// One text and the pictures it describes: a line of `{split}_texts.jsonl`.
public struct Caption: Sendable, Equatable {
  /// The text's id.
  public let textID: Int64
  /// The text as written, before any normalisation.
  public let text: String
  /// Ids of the pictures it describes; empty for queries whose answers are not given.
  public let imageIDs: [Int64]

  /// Makes a caption.
  public init(textID: Int64, text: String, imageIDs: [Int64]) {
    self.textID = textID
    self.text = text
    self.imageIDs = imageIDs
  }
}

/// One picture with one text: what training draws.
///
/// A caption of three pictures is three pairs.
public struct CaptionPair: Sendable, Equatable {
  /// The picture's id.
  public let imageID: Int64
  /// The text's id.
  public let textID: Int64
  /// The text as written, before any normalisation.
  public let text: String

  /// Makes a pair.
  public init(imageID: Int64, textID: Int64, text: String) {
    self.imageID = imageID
    self.textID = textID
    self.text = text
  }
}
