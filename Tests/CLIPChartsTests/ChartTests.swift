import CLIPCharts
import Foundation
import FoundationXML
import Testing

@Suite("Charts")
struct ChartTests {
  /// The elements of an SVG file; fails where it is no XML.
  private func elements(_ svg: String) throws -> [String: Int] {
    final class Reader: NSObject, XMLParserDelegate {
      var counts: [String: Int] = [:]
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
      ) { counts[name, default: 0] += 1 }
    }
    let (parser, reader) = (XMLParser(data: Data(svg.utf8)), Reader())
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return reader.counts
  }

  @Test("Lines have a legend when there are several, dots where asked, and words mean no markup")
  func lines() throws {
    var chart = LineChart(
      title: "a < b & \"c\"", xTitle: "x",
      series: [.init("one", [(0, 1), (1, 2)], hasDots: true), .init("two", [(0, 3), (1, 1)])])
    chart.hasDiagonal = true
    let counts = try elements(chart.svg)
    #expect(counts["polyline"] == 2)
    #expect(counts["circle"] == 2)
    #expect(chart.svg.contains("one") && chart.svg.contains("a &lt; b &amp; &quot;c&quot;"))
  }

  @Test("A line of equal values, of one point and of none can be drawn")
  func flatLines() throws {
    for points in [[(x: 0.0, y: 2.0), (x: 1.0, y: 2.0)], [(x: 1.0, y: 1.0)], []] {
      let svg = LineChart(title: "t", xTitle: "x", series: [.init("s", points)]).svg
      #expect(!svg.contains("nan") && !svg.contains("inf"))
      _ = try elements(svg)
    }
  }

  @Test("A matrix draws what is not empty, with both names")
  func matrix() throws {
    let chart = MatrixChart(
      title: "t", axes: (rows: "right", columns: "given"), labels: ["苹果", "梨"]
    ) { [[3, 0], [1, 2]][$0][$1] }
    let counts = try elements(chart.svg)
    // White ground, grey ground and three squares.
    #expect(counts["rect"] == 5)
    #expect(chart.svg.contains("梨 → 苹果: 1 of 3"))
  }

  @Test("A matrix of a thousand labels stays small")
  func largeMatrix() throws {
    let chart = MatrixChart(
      title: "t", axes: (rows: "r", columns: "c"), labels: (0..<1000).map { "label \($0)" }
    ) { $0 == $1 ? 5 : 0 }
    #expect(chart.svg.utf8.count < 300_000)
  }

  @Test("Bars are as long as their values")
  func bars() throws {
    let svg = BarChart(title: "t", bars: [("a", 1, "100 %"), ("b", 0.5, "50 %")]).svg
    #expect(svg.contains("width=\"300\"") && svg.contains("width=\"150\""))
  }
}
