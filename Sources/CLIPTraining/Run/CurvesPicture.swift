import CLIPCharts
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

  /// Reads the metrics that are there; broken lines are left out.
  ///
  /// - Throws: ``TrainingError`` when the file is there and cannot be read.
  package init(metrics: URL) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let lines = try MetricsFile.lines(of: metrics).compactMap {
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
    let xRange = 0...max(1, (loss + recall).map(\.x).max() ?? 1)
    var panels = [LineChart(title: "loss", xTitle: "step", series: [.init("loss", loss)])]
    panels[0].yRange = 0...max(1e-9, loss.map(\.y).max() ?? 1)
    if !recall.isEmpty {
      panels.append(
        LineChart(title: "mean recall, %", xTitle: "step", series: [.init("recall", recall)]))
    }
    var drawing = SVGDrawing(
      width: LineChart.size.width, height: LineChart.size.height * Double(panels.count))
    for (index, panel) in panels.enumerated() {
      var panel = panel
      panel.xRange = xRange
      panel.draw(on: &drawing, top: Double(index) * LineChart.size.height)
    }
    return drawing.document
  }
}
