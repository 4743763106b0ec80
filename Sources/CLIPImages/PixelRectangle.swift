/// A rectangle of whole pixels; the origin is the top left corner.
public struct PixelRectangle: Sendable, Hashable {
  /// First column.
  public var x: Int
  /// First row.
  public var y: Int
  /// Number of columns.
  public var width: Int
  /// Number of rows.
  public var height: Int

  /// Creates a rectangle.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  func fits(width totalWidth: Int, height totalHeight: Int) -> Bool {
    x >= 0 && y >= 0 && width > 0 && height > 0
      && width <= totalWidth && height <= totalHeight
      && x <= totalWidth - width && y <= totalHeight - height
  }

  /// The same pixels of the stored picture, for a rectangle of the upright one.
  func stored(width: Int, height: Int, orientation: ImageOrientation) -> PixelRectangle {
    var result = self
    if orientation.swapsSides {
      result = PixelRectangle(x: y, y: x, width: self.height, height: self.width)
    }
    if orientation.reversesColumns { result.x = width - result.x - result.width }
    if orientation.reversesRows { result.y = height - result.y - result.height }
    return result
  }
}
