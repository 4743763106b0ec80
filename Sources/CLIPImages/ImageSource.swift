/// What a picture's file says about itself, besides its pixels.
public struct ImageSource: Sendable, Hashable {
  /// Format, mode and size.
  public let header: ImageHeader
  /// What a camera wrote.
  public let metadata: ImageMetadata

  init(_ reader: borrowing RowReader, _ metadata: ImageMetadata) {
    header = ImageHeader(
      format: reader.format, mode: reader.mode, storedWidth: reader.storedWidth,
      storedHeight: reader.storedHeight, orientation: metadata.orientation)
    self.metadata = metadata
  }
}
