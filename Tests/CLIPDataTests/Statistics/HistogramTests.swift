import CLIPData
import Foundation
import Testing

struct HistogramTests {
  @Test("every value is counted, the last bin takes outliers, bins have round widths")
  func counting() throws {
    let histogram = Histogram((0..<1000).map { Double($0 % 97) } + [1e6], title: "x")
    #expect(histogram.counts.reduce(0, +) == 1001)
    #expect(histogram.counts.count <= 30)
    #expect(histogram.binWidth == 5)
    let summary = try #require(histogram.summary)
    #expect(summary.minimum == 0 && summary.maximum == 1e6 && summary.median == 47)
  }

  @Test("no values, one value, equal values and values that are no numbers")
  func special() {
    #expect(Histogram([], title: "x").counts == [])
    #expect(Histogram([], title: "x").bars() == ["(nothing)"])
    #expect(Histogram([.nan, 3], title: "x").counts == [1])
    #expect(Histogram([7, 7, 7], title: "x").counts == [3])
    #expect(Histogram([1, 2, 1e300], title: "x").counts.reduce(0, +) == 3)
    #expect(Histogram([0.5, 0.5, 1.5], title: "x", isWhole: false).counts.reduce(0, +) == 3)
  }

  @Test("bars are as long as their counts")
  func bars() {
    let bars = Histogram([1, 1, 1, 1, 2], title: "x").bars(width: 8)
    #expect(bars == ["1 │████████ 4", "2 │██ 1"])
  }

  @Test("the drawing is well-formed and names everything")
  func svg() throws {
    let svg = HistogramSheet.svg(
      [Histogram([1, 2, 2], title: "caption <length>"), Histogram([], title: "nothing")],
      title: "A & B")
    #expect(svg.contains("A &amp; B") && svg.contains("caption &lt;length&gt;"))
    let parser = XMLScan(svg)
    #expect(parser.isBalanced)
  }

  @Test("statistics of the original's files")
  func fixture() throws {
    let statistics = try DatasetStatistics(
      of: TSVDataset(directory: Fixture.directory, split: "tiny"))
    #expect(statistics.imageCount == 6)
    #expect(statistics.captionCount == 160)
    #expect(statistics.brokenImageIDs.isEmpty)
    #expect(statistics.formats == ["PNG": 1, "JPEG": 2, "WebP": 2, "BMP": 1])
    #expect(statistics.histograms.count == 7)
    #expect(statistics.histograms[3].summary?.maximum == 64)
  }
}

/// Looks whether every element that is opened is closed, in order.
private struct XMLScan {
  let isBalanced: Bool

  init(_ text: String) {
    var open: [Substring] = []
    for match in text.matches(of: #/<(/?)([a-z]+)[^>]*?(/?)>/#) {
      if match.1 == "/" {
        guard open.popLast() == match.2 else {
          isBalanced = false
          return
        }
      } else if match.3.isEmpty {
        open.append(match.2)
      }
    }
    isBalanced = open.isEmpty
  }
}
