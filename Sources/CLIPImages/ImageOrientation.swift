/// How a stored picture must be turned to be upright: the values of EXIF's tag 0x0112.
///
/// Pillow's `ImageOps.exif_transpose` does the same turns.
public enum ImageOrientation: Int, Sendable, Hashable, CaseIterable, Codable {
  /// As stored.
  case upright = 1
  /// Mirrored left to right.
  case mirrored = 2
  /// Turned by 180 degrees.
  case upsideDown = 3
  /// Mirrored top to bottom.
  case mirroredUpsideDown = 4
  /// Mirrored at the main diagonal.
  case transposed = 5
  /// To be turned clockwise by 90 degrees: what a phone held upright writes.
  case turnedLeft = 6
  /// Mirrored at the other diagonal.
  case transversed = 7
  /// To be turned counterclockwise by 90 degrees.
  case turnedRight = 8

  /// Whether rows become columns.
  public var swapsSides: Bool { rawValue >= 5 }

  /// Whether the stored x axis runs against the axis of the upright picture that it becomes.
  var reversesColumns: Bool { [2, 3, 7, 8].contains(rawValue) }

  /// Whether the stored y axis runs against the axis of the upright picture that it becomes.
  var reversesRows: Bool { [3, 4, 6, 7].contains(rawValue) }
}
