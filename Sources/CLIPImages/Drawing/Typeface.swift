import CImageCodecs
import Foundation

/// A font with Chinese characters, as FreeType draws it.
///
/// Both are looked for when words are to be drawn: neither is needed to build or to run.
package final class Typeface {
  private let font: cimage_font

  /// Where systems keep their Chinese fonts, with the face to take.
  private static let places: [(path: String, face: Int)] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("/System/Library/Fonts/STHeiti Medium.ttc", 0),
  ]

  /// The first font that is there; nil without one, or without FreeType.
  ///
  /// - Parameter file: a font that comes before those of the system.
  package init?(file: String? = nil) {
    let given = file.map { [(path: $0, face: 0)] } ?? []
    let found = (given + Self.places).lazy.compactMap { place in
      cimage_font_open(place.path, place.face)
    }.first
    guard let found else { return nil }
    font = found
  }

  deinit { cimage_font_close(font) }

  /// Whether every character of a text has a picture.
  package func has(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { cimage_font_has(font, $0.value) != 0 }
  }

  /// How many pixels a line takes.
  package func width(of text: String, size: Int) -> Int {
    let line = text.unicodeScalars.map(\.value)
    return cimage_font_write(font, line, line.count, UInt32(size), nil, 0, 0, 0, 0)
  }

  /// Writes a line on a canvas, `y` being its base line.
  package func draw(
    _ text: String, on canvas: inout Canvas, x: Int, y: Int, size: Int, _ color: Canvas.Color
  ) {
    let line = text.unicodeScalars.map(\.value)
    // Room for what reaches over an advance or under the base line.
    let (width, height) = (self.width(of: text, size: size) + 2 * size, 2 * size)
    var ink = [UInt8](repeating: 0, count: width * height)
    _ = cimage_font_write(
      font, line, line.count, UInt32(size), &ink, width, height, size, size * 3 / 2)
    canvas.blend(color, ink, x: x - size, y: y - size * 3 / 2, width: width)
  }
}
