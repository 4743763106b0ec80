package import CLIPImages
package import Foundation

/// An explanation for people: the photograph, a heat map for each word over it with the word beneath,
/// and the grid of places with each place's best word.
package struct ExplanationPicture {
  /// The most words that are drawn.
  package static let maximumWords = 60
  /// The longer side of the photograph in each panel, in pixels.
  package static let side = 280

  private static let background = Canvas.Color(red: 250, green: 249, blue: 247)
  private static let ink = Canvas.Color(red: 38, green: 38, blue: 42)
  private static let gap = 18
  private static let caption = 40
  private static let fontSize = 24
  /// Colours of words in the grid, told apart by most people.
  private static let colors: [Canvas.Color] = [
    .init(red: 230, green: 159, blue: 0), .init(red: 86, green: 180, blue: 233),
    .init(red: 0, green: 158, blue: 115), .init(red: 204, green: 121, blue: 167),
    .init(red: 213, green: 94, blue: 0), .init(red: 0, green: 114, blue: 178),
    .init(red: 240, green: 228, blue: 66), .init(red: 120, green: 120, blue: 120),
  ]

  private let photo: RGBImage
  private let explanation: Explanation
  private let text: String
  private let typeface: Typeface

  /// - Parameters:
  ///   - photo: what is explained, as the model sees its edges, no side longer than ``side``.
  ///   - explanation: of at most ``maximumWords`` words.
  ///   - text: what is written under the photograph.
  ///   - typeface: what writes.
  package init(
    _ photo: RGBImage, _ explanation: Explanation, text: String, typeface: Typeface
  ) {
    self.photo = photo
    self.explanation = explanation
    self.text = text
    self.typeface = typeface
  }

  /// Draws it.
  ///
  /// - Returns: a PNG.
  /// - Throws: why it could not be encoded.
  package func png() throws -> Data {
    let panels = explanation.words.count + 2
    let columns = min(panels, panels <= 12 ? 4 : 8)
    let rows = (panels + columns - 1) / columns
    let cell = (width: photo.width + Self.gap, height: photo.height + Self.caption + Self.gap)
    var canvas = Canvas(
      width: Self.gap + columns * cell.width, height: Self.gap + rows * cell.height,
      color: Self.background)
    for panel in 0..<panels {
      let x = Self.gap + panel % columns * cell.width
      let y = Self.gap + panel / columns * cell.height
      var label = text
      switch panel {
      case 0: canvas.draw(photo, x: x, y: y)
      case panels - 1:
        label = "每处最合适的词"
        try drawGrid(on: &canvas, x: x, y: y)
      default:
        label = explanation.words[panel - 1]
        canvas.draw(try heated(explanation.strengths(of: panel - 1)), x: x, y: y)
      }
      write(label, on: &canvas, x: x, y: y + photo.height, width: photo.width)
    }
    return try PictureWriter.png(
      RGBImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels))
  }

  /// The photograph in grey, with strengths between red and yellow over it.
  private func heated(_ strengths: [Float]) throws -> RGBImage {
    var pixels = [UInt8](repeating: 0, count: photo.pixels.count)
    for y in 0..<photo.height {
      for x in 0..<photo.width {
        let place = (y * photo.width + x) * 3
        let heat = Double(strength(strengths, x, y))
        let share = 0.75 * heat
        let source = (0..<3).map { Double(photo.pixels[place + $0]) }
        let grey = source[0] * 0.299 + source[1] * 0.587 + source[2] * 0.114
        let color = [235, 60 + 180 * heat, 30]
        for channel in 0..<3 {
          let base = grey * 0.75 + source[channel] * 0.25
          pixels[place + channel] = UInt8((base * (1 - share) + color[channel] * share).rounded())
        }
      }
    }
    return try RGBImage(width: photo.width, height: photo.height, pixels: pixels)
  }

  /// Between the centres of places strengths change evenly.
  private func strength(_ strengths: [Float], _ x: Int, _ y: Int) -> Float {
    func position(_ pixel: Int, _ pixels: Int, _ places: Int) -> (Int, Int, Float) {
      let exact = (Float(pixel) + 0.5) / Float(pixels) * Float(places) - 0.5
      let first = max(0, min(places - 1, Int(exact.rounded(.down))))
      return (first, min(places - 1, first + 1), max(0, min(1, exact - Float(first))))
    }
    let (top, bottom, down) = position(y, photo.height, explanation.rows)
    let (left, right, across) = position(x, photo.width, explanation.columns)
    func row(_ row: Int) -> Float {
      let start = row * explanation.columns
      return strengths[start + left] * (1 - across) + strengths[start + right] * across
    }
    return row(top) * (1 - down) + row(bottom) * down
  }

  /// The places, each tinted and named by its best word.
  private func drawGrid(on canvas: inout Canvas, x: Int, y: Int) throws {
    let pale = photo.pixels.map { UInt8(255 - (255 - Int($0)) / 3) }
    canvas.draw(try RGBImage(width: photo.width, height: photo.height, pixels: pale), x: x, y: y)
    for (place, word) in explanation.bestWords.enumerated() {
      let (row, column) = (place / explanation.columns, place % explanation.columns)
      let (top, bottom) = edges(row, explanation.rows, photo.height)
      let (left, right) = edges(column, explanation.columns, photo.width)
      guard let word, right - left > 2, bottom - top > 2 else { continue }
      let size = (width: right - left - 1, height: bottom - top - 1)
      let tint = [UInt8](repeating: 110, count: size.width * size.height)
      canvas.blend(
        Self.colors[word % Self.colors.count], tint, x: x + left, y: y + top, width: size.width)
      let name = explanation.words[word]
      let fontSize = min(18, size.height * 4 / 5)
      guard fontSize >= 9 else { continue }
      let shown =
        typeface.width(of: name, size: fontSize) <= size.width ? name : String(name.prefix(1))
      let width = typeface.width(of: shown, size: fontSize)
      guard width <= size.width else { continue }
      typeface.draw(
        shown, on: &canvas, x: x + left + (size.width - width) / 2,
        y: y + top + (size.height + fontSize * 3 / 4) / 2, size: fontSize, Self.ink)
    }
  }

  private func edges(_ index: Int, _ count: Int, _ pixels: Int) -> (Int, Int) {
    (index * pixels / count, (index + 1) * pixels / count)
  }

  /// Writes a caption in the middle, smaller where it is long, and cut where it is longer still.
  private func write(_ label: String, on canvas: inout Canvas, x: Int, y: Int, width: Int) {
    var (shown, size) = (label, Self.fontSize)
    while typeface.width(of: shown, size: size) > width, size > 13 { size -= 1 }
    while typeface.width(of: shown, size: size) > width, shown.count > 1 {
      shown = shown.dropLast(shown.hasSuffix("…") ? 2 : 1) + "…"
    }
    let free = max(0, width - typeface.width(of: shown, size: size))
    typeface.draw(
      shown, on: &canvas, x: x + free / 2, y: y + Self.caption * 3 / 4, size: size, Self.ink)
  }
}
