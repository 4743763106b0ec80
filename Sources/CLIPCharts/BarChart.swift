/// Named values as bars below each other.
package struct BarChart {
  /// A heading above all.
  package let title: String
  /// Name, value 0 to 1, and what is written behind the bar.
  package let bars: [(name: String, value: Double, note: String)]

  private static let width = 720.0
  private static let nameRoom = 300.0
  private static let rowHeight = 22.0

  /// A chart of shares.
  package init(title: String, bars: [(name: String, value: Double, note: String)]) {
    self.title = title
    self.bars = bars
  }

  /// The picture, as the text of an SVG file.
  package var svg: String {
    let top = 44.0
    var drawing = SVGDrawing(
      width: Self.width, height: top + Self.rowHeight * Double(bars.count) + 12)
    drawing.text(title, x: 20, y: 26, isBold: true)
    let full = Self.width - Self.nameRoom - 120
    for (index, bar) in bars.enumerated() {
      let y = top + Double(index) * Self.rowHeight
      let name = bar.name.count > 26 ? bar.name.prefix(25) + "…" : bar.name
      drawing.text(name, x: Self.nameRoom - 10, y: y + 14, anchor: .end)
      drawing.rectangle(
        x: Self.nameRoom, y: y + 3, width: max(1, full * min(1, max(0, bar.value))),
        height: Self.rowHeight - 7, color: SVGDrawing.colors[0])
      drawing.text(
        bar.note, x: Self.nameRoom + full * min(1, max(0, bar.value)) + 8, y: y + 14,
        color: SVGDrawing.paleInk)
    }
    return drawing.document
  }
}
