import CLIPImages
public import Foundation
import Threads

/// A picture of many small pictures, numbered in the order of the hits, with their cosines.
public struct ContactSheet: Sendable {
  /// The longer side of a small picture, in pixels.
  public var side = 240
  /// Small pictures in a row; `nil` makes the sheet about four by three.
  public var columns: Int?
  /// The most hits that are shown.
  public static let maximumHits = 400

  /// A sheet of the usual size.
  public init() {}

  private static let background = Canvas.Color(red: 250, green: 249, blue: 247)
  private static let frame = Canvas.Color(red: 232, green: 230, blue: 226)
  private static let ink = Canvas.Color(red: 38, green: 38, blue: 42)
  private static let pale = Canvas.Color(red: 142, green: 140, blue: 136)
  private static let gap = 16
  private static let caption = 26

  /// Draws the sheet.
  ///
  /// A hit whose file cannot be read any more is a frame that is crossed out.
  ///
  /// - Parameters:
  ///   - hits: At most ``maximumHits`` are shown.
  ///   - library: Where their thumbnails come from.
  /// - Returns: A PNG.
  /// - Throws: Why the sheet could not be encoded.
  public func png(of hits: [SearchHit], in library: PictureLibrary) async throws -> Data {
    try await offloaded {
      let hits = Array(hits.prefix(Self.maximumHits))
      let side = min(max(side, 48), 640)
      let columns = max(
        1, min(columns ?? Int((Double(hits.count) * 4 / 3).squareRoot().rounded(.up)), 40))
      let rows = max(1, (hits.count + columns - 1) / columns)
      let cell = (width: side + Self.gap, height: side + Self.caption + Self.gap)
      var canvas = Canvas(
        width: Self.gap + columns * cell.width, height: Self.gap + rows * cell.height,
        color: Self.background)
      let pipeline = OrderedPipeline(count: hits.count, window: hits.count) { index in
        (try? await library.thumbnail(of: hits[index].id, side: side)).flatMap {
          try? ImageDecoder().thumbnail(of: $0, fittingWithin: side)
        }
      }
      let images = await pipeline.next(hits.count)
      try Task.checkCancellation()
      for (index, hit) in hits.enumerated() {
        let x = Self.gap + index % columns * cell.width
        let y = Self.gap + index / columns * cell.height
        canvas.fill(x: x, y: y, width: side, height: side, Self.frame)
        if let image = images[index] {
          canvas.draw(image, x: x + (side - image.width) / 2, y: y + (side - image.height) / 2)
        } else {
          Self.cross(on: &canvas, x: x, y: y, side: side)
        }
        DotDigits.draw("\(index + 1)", on: &canvas, x: x, y: y + side + 7, Self.ink)
        let cosine = Self.thousandths(hit.cosine)
        DotDigits.draw(
          cosine, on: &canvas, x: x + side - cosine.count * DotDigits.advance * 2,
          y: y + side + 7, Self.pale)
      }
      return try PictureWriter.png(
        try RGBImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels))
    }
  }

  /// What stands in the place of a picture that cannot be read.
  private static func cross(on canvas: inout Canvas, x: Int, y: Int, side: Int) {
    for step in 0..<side {
      canvas.fill(x: x + step, y: y + step, width: 2, height: 2, pale)
      canvas.fill(x: x + side - 2 - step, y: y + step, width: 2, height: 2, pale)
    }
  }

  /// A number with three digits after the point.
  static func thousandths(_ value: Float) -> String {
    let whole = Int((abs(value) * 1000).rounded())
    let digits = String(whole % 1000)
    return (value < 0 && whole > 0 ? "-" : "") + "\(whole / 1000)."
      + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
