import CLIPCharts

/// Draws histograms under each other as one SVG picture.
package enum HistogramSheet {
  private static let width = 760.0
  private static let heading = 48.0
  private static let panelHeight = 230.0
  private static let margin = (left: 64.0, right: 24.0, top: 40.0, bottom: 36.0)

  /// The picture, as the text of an SVG file.
  ///
  /// - Parameters:
  ///   - histograms: drawn from top to bottom.
  ///   - title: a heading above all.
  /// - Returns: the file's content.
  package static func svg(_ histograms: [Histogram], title: String) -> String {
    var drawing = SVGDrawing(
      width: width, height: heading + panelHeight * Double(histograms.count))
    drawing.text(title, x: 24, y: 30, size: 18, isBold: true)
    for (index, histogram) in histograms.enumerated() {
      draw(histogram, top: heading + panelHeight * Double(index), on: &drawing)
    }
    return drawing.document
  }

  private static func draw(_ histogram: Histogram, top: Double, on drawing: inout SVGDrawing) {
    let plot = (
      left: margin.left, top: top + margin.top, width: width - margin.left - margin.right,
      height: panelHeight - margin.top - margin.bottom
    )
    let (right, baseline) = (plot.left + plot.width, plot.top + plot.height)
    drawing.text(histogram.title, x: plot.left, y: top + 20, isBold: true)
    if let summary = histogram.summary {
      drawing.text(
        "median \(Histogram.number(summary.median)), mean \(Histogram.number(summary.mean)), "
          + "from \(Histogram.number(summary.minimum)) to \(Histogram.number(summary.maximum))",
        x: right, y: top + 20, anchor: .end, color: SVGDrawing.paleInk)
    }
    let most = Double(histogram.counts.max() ?? 0)
    for share in [0.5, 1.0] where most > 0 {
      let y = baseline - share * plot.height
      drawing.line(x1: plot.left, y1: y, x2: right, y2: y, color: SVGDrawing.grid)
      drawing.text(
        Histogram.number((most * share).rounded()), x: plot.left - 8, y: y + 4, anchor: .end,
        color: SVGDrawing.paleInk)
    }
    let step = plot.width / Double(max(1, histogram.counts.count))
    let labelEvery = max(1, histogram.counts.count / 12)
    for (bin, count) in histogram.counts.enumerated() {
      let height = most > 0 ? Double(count) / most * plot.height : 0
      let x = plot.left + Double(bin) * step
      let lowerEnd = Histogram.number(histogram.lowerEnd(of: bin))
      drawing.rectangle(
        x: x + 1, y: baseline - height, width: max(1, step - 2), height: height,
        color: SVGDrawing.colors[0], hint: "\(lowerEnd): \(count)")
      if bin % labelEvery == 0 {
        drawing.text(lowerEnd, x: x, y: baseline + 16, color: SVGDrawing.paleInk)
      }
    }
    drawing.line(x1: plot.left, y1: baseline, x2: right, y2: baseline, color: "#889")
  }
}
