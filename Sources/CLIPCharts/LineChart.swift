import Foundation

/// Lines over one axis, as a picture of their own or as a panel of a larger one.
package struct LineChart {
  /// One line.
  package struct Series {
    /// What the legend calls it.
    package let name: String
    /// In the order of `x`.
    package let points: [(x: Double, y: Double)]
    /// Whether each point is a dot that says its values.
    package var hasDots = false

    /// A line through points.
    package init(_ name: String, _ points: [(x: Double, y: Double)], hasDots: Bool = false) {
      self.name = name
      self.points = points
      self.hasDots = hasDots
    }
  }

  /// What the values are, with their unit.
  package let title: String
  /// What the axis below is.
  package let xTitle: String
  /// The lines.
  package let series: [Series]
  /// The ends of the axis below; those of the points if nil.
  package var xRange: ClosedRange<Double>?
  /// The ends of the axis at the left; those of the points if nil.
  package var yRange: ClosedRange<Double>?
  /// Whether the diagonal is drawn, where both axes mean the same.
  package var hasDiagonal = false

  /// The usual size of a panel.
  package static let size = (width: 720.0, height: 300.0)
  private static let margin = (left: 64.0, right: 20.0, top: 40.0, bottom: 44.0)

  /// A chart of lines.
  package init(title: String, xTitle: String, series: [Series]) {
    self.title = title
    self.xTitle = xTitle
    self.series = series
  }

  /// The chart alone, as the text of an SVG file.
  package var svg: String {
    var drawing = SVGDrawing(width: Self.size.width, height: Self.size.height)
    draw(on: &drawing, top: 0)
    return drawing.document
  }

  /// Draws the chart as a panel.
  package func draw(on drawing: inout SVGDrawing, top: Double) {
    let margin = Self.margin
    let width = Self.size.width - margin.left - margin.right
    let height = Self.size.height - margin.top - margin.bottom
    let points = series.flatMap(\.points)
    let xRange = xRange ?? Self.range(points.map(\.x))
    let yRange = yRange ?? Self.range(points.map(\.y))
    func x(_ value: Double) -> Double {
      margin.left + width * (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
    }
    func y(_ value: Double) -> Double {
      top + margin.top
        + height * (1 - (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound))
    }
    drawing.text(title, x: margin.left, y: top + 22, isBold: true)
    for share in [0, 0.25, 0.5, 0.75, 1] {
      let value = yRange.lowerBound + (yRange.upperBound - yRange.lowerBound) * share
      drawing.line(
        x1: margin.left, y1: y(value), x2: margin.left + width, y2: y(value),
        color: SVGDrawing.grid)
      drawing.text(
        Self.label(value), x: margin.left - 8, y: y(value) + 4, anchor: .end,
        color: SVGDrawing.paleInk)
      let place = xRange.lowerBound + (xRange.upperBound - xRange.lowerBound) * share
      drawing.text(
        Self.label(place), x: x(place), y: top + margin.top + height + 16, anchor: .middle,
        color: SVGDrawing.paleInk)
    }
    drawing.text(
      xTitle, x: margin.left + width / 2, y: top + Self.size.height - 8, anchor: .middle,
      color: SVGDrawing.paleInk)
    if hasDiagonal {
      drawing.line(
        x1: x(xRange.lowerBound), y1: y(yRange.lowerBound), x2: x(xRange.upperBound),
        y2: y(yRange.upperBound), color: SVGDrawing.paleInk, isDashed: true)
    }
    for (index, line) in series.enumerated() {
      let color = SVGDrawing.colors[index % SVGDrawing.colors.count]
      drawing.polyline(Self.thinned(line.points).map { (x($0.x), y($0.y)) }, color: color)
      if line.hasDots {
        for point in line.points {
          drawing.dot(
            x: x(point.x), y: y(point.y), color: color,
            hint: "\(line.name): \(Self.label(point.x)), \(Self.label(point.y))")
        }
      }
      if series.count > 1 {
        drawing.text(
          line.name, x: margin.left + width, y: top + 22 + Double(index) * 15, anchor: .end,
          color: color)
      }
    }
  }

  /// Ends that are never the same.
  private static func range(_ values: [Double]) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    return high > low ? low...high : low...(low + max(1e-9, abs(low) * 1e-6))
  }

  private static func label(_ value: Double) -> String {
    abs(value) >= 1000 ? SVGDrawing.number(value.rounded()) : String(format: "%.3g", value)
  }

  /// At most a thousand points, each the mean of its neighbours.
  private static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let size = max(1, (points.count + 999) / 1000)
    guard size > 1 else { return points }
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      let count = Double(part.count)
      return (part.reduce(0) { $0 + $1.x } / count, part.reduce(0) { $0 + $1.y } / count)
    }
  }
}
