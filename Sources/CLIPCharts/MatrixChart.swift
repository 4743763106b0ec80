/// Counts of rows and columns as squares, the darker the more of its row.
package struct MatrixChart {
  /// A heading above all.
  package let title: String
  /// What rows and columns are.
  package let axes: (rows: String, columns: String)
  /// The names of rows and columns.
  package let labels: [String]
  /// The count of a row and a column.
  package let count: (_ row: Int, _ column: Int) -> Int

  /// From so many labels on squares carry no numbers.
  private static let largestWithNumbers = 40

  /// A chart of a square matrix.
  package init(
    title: String, axes: (rows: String, columns: String), labels: [String],
    count: @escaping (_ row: Int, _ column: Int) -> Int
  ) {
    self.title = title
    self.axes = axes
    self.labels = labels
    self.count = count
  }

  /// The picture, as the text of an SVG file; empty squares are not drawn, so it stays small.
  package var svg: String {
    let side = max(2.0, min(34.0, 1400.0 / Double(max(1, labels.count))))
    let size = side * Double(labels.count)
    let fontSize = min(12, side * 0.6)
    let longest = Double(labels.map { Self.width(of: $0) }.max() ?? 0)
    let room = side < 6 ? 24 : min(260, longest * fontSize * 0.55 + 24)
    let (left, top) = (room + 20, room + 64)
    var drawing = SVGDrawing(width: left + size + 24, height: top + size + 24)
    drawing.text(title, x: 20, y: 30, size: 18, isBold: true)
    drawing.text(
      "\(axes.rows) ↓   \(axes.columns) →", x: 20, y: 50, color: SVGDrawing.paleInk)
    drawing.rectangle(x: left, y: top, width: size, height: size, color: "#f4f5f9")
    for row in labels.indices {
      let y = top + Double(row) * side
      let cells = labels.indices.map { count(row, $0) }
      let total = cells.reduce(0, +)
      if side >= 6 {
        drawing.text(
          Self.cut(labels[row]), x: left - 6, y: y + side * 0.7, size: fontSize, anchor: .end)
        drawing.text(
          Self.cut(labels[row]), x: left + (Double(row) + 0.7) * side, y: top - 6, size: fontSize,
          degrees: -90)
      }
      for (column, cell) in cells.enumerated() where cell > 0 {
        let x = left + Double(column) * side
        let share = Double(cell) / Double(total)
        drawing.rectangle(
          x: x, y: y, width: side - (side > 6 ? 1 : 0), height: side - (side > 6 ? 1 : 0),
          color: Self.color(share, isRight: row == column),
          hint: "\(labels[row]) → \(labels[column]): \(cell) of \(total)")
        if labels.count <= Self.largestWithNumbers {
          drawing.text(
            "\(cell)", x: x + side / 2, y: y + side * 0.66, size: fontSize, anchor: .middle,
            color: share > 0.55 ? "#fff" : "#334")
        }
      }
    }
    return drawing.document
  }

  /// From pale to strong: blue on the diagonal, red beside it.
  private static func color(_ share: Double, isRight: Bool) -> String {
    let strong = isRight ? (r: 42.0, g: 98.0, b: 163.0) : (r: 176.0, g: 58.0, b: 38.0)
    let weight = 0.15 + 0.85 * share
    func mixed(_ value: Double) -> Int { Int((255 + (value - 255) * weight).rounded()) }
    return "rgb(\(mixed(strong.r)),\(mixed(strong.g)),\(mixed(strong.b)))"
  }

  private static func cut(_ label: String) -> String {
    label.count > 24 ? label.prefix(23) + "…" : label
  }

  /// Chinese characters count twice.
  private static func width(of label: String) -> Int {
    cut(label).unicodeScalars.reduce(0) { $0 + ($1.value < 0x2E80 ? 1 : 2) }
  }
}
