/// What a picture's file says about itself before its pixels.
public struct ImageHeader: Sendable, Hashable {
  /// The format its first bytes show.
  public let format: ImageFormat
  /// The mode its pixels are stored in.
  public let mode: DecodedImage.Mode
  /// Pixels in a stored row.
  public let storedWidth: Int
  /// Number of stored rows.
  public let storedHeight: Int
  /// How it must be turned to be upright.
  public let orientation: ImageOrientation

  /// Pixels in a row of the upright picture.
  public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }
  /// Rows of the upright picture.
  public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }
}
