public import Foundation

extension ImageDecoder {
  /// A small picture for people to look at: upright, within a square, its proportions kept,
  /// transparency shown on white.
  ///
  /// JPEG pictures are decoded at a fraction of their size where that leaves twice the side.
  ///
  /// - Parameters:
  ///   - data: the bytes of a file.
  ///   - side: the longer side of the result; smaller pictures are not enlarged.
  /// - Returns: the small picture.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func thumbnail(of data: Data, fittingWithin side: Int) throws(ImageError) -> RGBImage {
    var decoder = self
    decoder.reduction = .upTo(targetSide: side)
    return try decoder.render(data) { width, height throws(ImageError) in
      guard side > 0 else { throw .invalidRequest("a thumbnail of side \(side)") }
      let size = Self.size(width: width, height: height, fittingWithin: side)
      return Rendering(space: .keepingAlpha, width: size.width, height: size.height)
    }.flattenedOnWhite()
  }

  /// The largest size of the same proportions whose longer side is at most `side`.
  ///
  /// - Returns: the size as it is when it already fits; never less than one pixel a side.
  public static func size(
    width: Int, height: Int, fittingWithin side: Int
  ) -> (width: Int, height: Int) {
    let longer = max(width, height)
    guard longer > side, longer > 0 else { return (width, height) }
    func scaled(_ length: Int) -> Int {
      max(1, Int((Double(length) * Double(side) / Double(longer)).rounded()))
    }
    return (scaled(width), scaled(height))
  }
}
