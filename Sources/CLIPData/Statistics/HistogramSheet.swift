/// Draws histograms under each other as one SVG picture.
public enum HistogramSheet {
  private static let width = 760.0
  private static let panelHeight = 230.0
  private static let margin = (left: 64.0, right: 24.0, top: 40.0, bottom: 36.0)

  /// The picture, as the text of an SVG file.
  ///
  /// - Parameters:
  ///   - histograms: drawn from top to bottom.
  ///   - title: a heading above all.
  /// - Returns: the file's content.
  public static func svg(_ histograms: [Histogram], title: String) -> String {
    let height = 48 + panelHeight * Double(histograms.count)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \
      font-family="system-ui, 'Noto Sans CJK SC', sans-serif" font-size="12" fill="#334">
      <rect width="100%" height="100%" fill="#fff"/>
      <text x="24" y="30" font-size="18" font-weight="600">\(escaped(title))</text>

      """
    for (index, histogram) in histograms.enumerated() {
      svg += panel(histogram, top: 48 + panelHeight * Double(index))
    }
    return svg + "</svg>\n"
  }

  private static func panel(_ histogram: Histogram, top: Double) -> String {
    let plot = (
      left: margin.left, top: top + margin.top, width: width - margin.left - margin.right,
      height: panelHeight - margin.top - margin.bottom
    )
    var svg = """
      <text x="\(number(plot.left))" y="\(number(top + 20))" font-weight="600">\
      \(escaped(histogram.title))</text>

      """
    if let summary = histogram.summary {
      let words =
        "median \(Histogram.number(summary.median)), mean \(Histogram.number(summary.mean)), "
        + "from \(Histogram.number(summary.minimum)) to \(Histogram.number(summary.maximum))"
      svg += """
        <text x="\(number(plot.left + plot.width))" y="\(number(top + 20))" text-anchor="end" \
        fill="#667">\(words)</text>

        """
    }
    let most = Double(histogram.counts.max() ?? 0)
    let baseline = plot.top + plot.height
    for share in [0.5, 1.0] where most > 0 {
      let y = baseline - share * plot.height
      svg += """
        <line x1="\(number(plot.left))" x2="\(number(plot.left + plot.width))" y1="\(number(y))" \
        y2="\(number(y))" stroke="#dde"/>
        <text x="\(number(plot.left - 8))" y="\(number(y + 4))" text-anchor="end" \
        fill="#667">\(Histogram.number((most * share).rounded()))</text>

        """
    }
    let step = plot.width / Double(max(1, histogram.counts.count))
    let labelEvery = max(1, histogram.counts.count / 12)
    for (bin, count) in histogram.counts.enumerated() {
      let barHeight = most > 0 ? Double(count) / most * plot.height : 0
      let x = plot.left + Double(bin) * step
      svg += """
        <rect x="\(number(x + 1))" y="\(number(baseline - barHeight))" \
        width="\(number(max(1, step - 2)))" height="\(number(barHeight))" fill="#4a7ebb">\
        <title>\(Histogram.number(histogram.lowerEnd(of: bin))): \(count)</title></rect>

        """
      if bin % labelEvery == 0 {
        svg += """
          <text x="\(number(x))" y="\(number(baseline + 16))" \
          fill="#667">\(Histogram.number(histogram.lowerEnd(of: bin)))</text>

          """
      }
    }
    return svg + """
      <line x1="\(number(plot.left))" x2="\(number(plot.left + plot.width))" \
      y1="\(number(baseline))" y2="\(number(baseline))" stroke="#889"/>

      """
  }

  private static func number(_ value: Double) -> String { Histogram.number(value) }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
