import Foundation

/// Shapes and words that become one SVG picture: the one way in which this package draws charts.
package struct SVGDrawing {
  /// Which end of a text lies at its place.
  package enum Anchor: String, Sendable {
    case start
    case middle
    case end
  }

  private let width: Double
  private let height: Double
  private var elements: [String] = []

  /// Grey words beside the chart.
  package static let paleInk = "#667"
  /// Lines of a grid.
  package static let grid = "#dde"
  /// Colours of series, in the order in which they are taken.
  package static let colors = ["#4a7ebb", "#b3412c", "#3f8f5f", "#8a5fb0", "#b8860b"]

  /// An empty white picture.
  package init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// Adds a text.
  package mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, isBold: Bool = false,
    anchor: Anchor = .start, color: String? = nil, degrees: Double = 0
  ) {
    var attributes = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    if size != 12 { attributes += " font-size=\"\(Self.number(size))\"" }
    if isBold { attributes += " font-weight=\"600\"" }
    if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
    if let color { attributes += " fill=\"\(color)\"" }
    if degrees != 0 {
      attributes +=
        " transform=\"rotate(\(Self.number(degrees)) \(Self.number(x)) \(Self.number(y)))\""
    }
    elements.append("<text \(attributes)>\(Self.escaped(text))</text>")
  }

  /// Adds a straight line.
  package mutating func line(
    x1: Double, y1: Double, x2: Double, y2: Double, color: String, isDashed: Bool = false
  ) {
    elements.append(
      "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
        + "y2=\"\(Self.number(y2))\" stroke=\"\(color)\""
        + (isDashed ? " stroke-dasharray=\"4 4\"/>" : "/>"))
  }

  /// Adds a filled rectangle; `hint` is shown when the pointer rests on it.
  package mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, color: String, hint: String? = nil
  ) {
    let shape =
      "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
      + "height=\"\(Self.number(height))\" fill=\"\(color)\""
    elements.append(
      hint.map { "\(shape)><title>\(Self.escaped($0))</title></rect>" } ?? "\(shape)/>")
  }

  /// Adds a line through points.
  package mutating func polyline(_ points: [(x: Double, y: Double)], color: String) {
    let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
    elements.append(
      "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>")
  }

  /// Adds a dot; `hint` is shown when the pointer rests on it.
  package mutating func dot(x: Double, y: Double, color: String, hint: String) {
    elements.append(
      "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"3.5\" fill=\"\(color)\">"
        + "<title>\(Self.escaped(hint))</title></circle>")
  }

  /// The picture, as the text of an SVG file.
  package var document: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(width)) \
    \(Self.number(height))" font-family="system-ui, 'Noto Sans CJK SC', sans-serif" \
    font-size="12" fill="#334">
    <rect width="100%" height="100%" fill="#fff"/>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }

  /// A number as short as two digits behind the point allow.
  package static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? String(Int64(rounded)) : String(rounded)
  }

  /// A text in which nothing means markup.
  package static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
