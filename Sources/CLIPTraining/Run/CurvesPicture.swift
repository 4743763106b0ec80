package import Foundation

/// Loss and recall over steps as one SVG picture, drawn from `metrics.jsonl`.
package struct CurvesPicture {
  private struct Line: Decodable {
    let event: String
    let globalStep: Int
    let loss: Double?
    let meanRecall: Double?
  }

  private typealias Point = (x: Double, y: Double)
  private let loss: [Point]
  private let recall: [Point]

  private static let size = (width: 720.0, height: 300.0)
  private static let margin = (left: 56.0, right: 16.0, top: 34.0, bottom: 34.0)

  /// Reads the metrics that are there; broken lines are left out.
  package init(metrics: URL) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let lines = MetricsFile.lines(of: metrics).compactMap {
      try? decoder.decode(Line.self, from: $0)
    }
    func points(_ value: (Line) -> Double?) -> [Point] {
      lines.compactMap { line in
        value(line).flatMap { $0.isFinite ? (Double(line.globalStep), $0) : nil }
      }
    }
    loss = points(\.loss)
    recall = points(\.meanRecall)
  }

  /// The picture: the loss above, mean recall in percent below it if it was measured.
  package func svg() -> String {
    let last = (loss + recall).map(\.x).max() ?? 1
    var panels = [panel("loss", loss, to: last, from: 0, color: "#b3412c", at: 0)]
    if !recall.isEmpty {
      panels.append(
        panel(
          "mean recall, %", recall, to: last, from: recall.map(\.y).min() ?? 0, color: "#1f6f8b",
          at: Self.size.height))
    }
    let height = Self.size.height * Double(panels.count)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(text(Self.size.width)) \(text(height))" \
      font-family="sans-serif" font-size="12" fill="#333">
      <rect width="100%" height="100%" fill="#fff"/>
      \(panels.joined(separator: "\n"))
      </svg>

      """
  }

  private func panel(
    _ title: String, _ points: [Point], to lastStep: Double, from lowest: Double, color: String,
    at offset: Double
  ) -> String {
    let margin = Self.margin
    let width = Self.size.width - margin.left - margin.right
    let height = Self.size.height - margin.top - margin.bottom
    let highest = max(points.map(\.y).max() ?? 1, lowest + 1e-9)
    func x(_ step: Double) -> Double { margin.left + width * step / max(lastStep, 1) }
    func y(_ value: Double) -> Double {
      offset + margin.top + height * (1 - (value - lowest) / (highest - lowest))
    }
    var parts = [
      "<text x=\"\(text(margin.left))\" y=\"\(text(offset + 20))\" font-weight=\"bold\">\(title)</text>"
    ]
    for share in [0, 0.25, 0.5, 0.75, 1] {
      let value = lowest + (highest - lowest) * share
      parts.append(
        "<path d=\"M\(text(margin.left)) \(text(y(value)))h\(text(width))\" stroke=\"#ddd\"/>"
          + "<text x=\"\(text(margin.left - 6))\" y=\"\(text(y(value) + 4))\" "
          + "text-anchor=\"end\">\(String(format: "%.3g", value))</text>")
      let step = (lastStep * share).rounded()
      parts.append(
        "<text x=\"\(text(x(step)))\" y=\"\(text(offset + Self.size.height - 14))\" "
          + "text-anchor=\"middle\">\(Int(step))</text>")
    }
    let shown = thinned(points).map { "\(text(x($0.x))),\(text(y($0.y)))" }.joined(separator: " ")
    parts.append(
      "<polyline points=\"\(shown)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>")
    return parts.joined(separator: "\n")
  }

  /// At most a thousand points, each the mean of its neighbours.
  private func thinned(_ points: [Point]) -> [Point] {
    let size = max(1, (points.count + 999) / 1000)
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      let count = Double(part.count)
      return (part.reduce(0) { $0 + $1.x } / count, part.reduce(0) { $0 + $1.y } / count)
    }
  }

  private func text(_ value: Double) -> String { String(format: "%.1f", value) }
}
