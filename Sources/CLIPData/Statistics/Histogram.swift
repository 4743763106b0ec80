/// How often values fall into bins of equal width.
public struct Histogram: Sendable, Equatable {
  /// What was counted, with its unit.
  public let title: String
  /// Lower end of the first bin.
  public let start: Double
  /// Width of a bin.
  public let binWidth: Double
  /// Number of values in each bin; the last bin also holds everything above.
  public let counts: [Int]
  /// Smallest, median and largest value, and the mean; nil without values.
  public let summary: Summary?

  /// Values in brief.
  public struct Summary: Sendable, Equatable {
    /// The smallest value.
    public let minimum: Double
    /// The value in the middle.
    public let median: Double
    /// The value that 95 of 100 do not exceed.
    public let percentile95: Double
    /// The largest value.
    public let maximum: Double
    /// The average.
    public let mean: Double
  }

  /// Counts values.
  ///
  /// Bins have a round width (1, 2 or 5 times a power of ten). The range ends a little above the 99th
  /// percentile, so that one outlier does not flatten the rest.
  ///
  /// - Parameters:
  ///   - values: what to count; order does not matter.
  ///   - title: what the values are, with their unit.
  ///   - maximumBins: the most bins to use.
  ///   - isWhole: whether values are whole numbers, for which bins narrower than 1 make no sense.
  public init(_ values: [Double], title: String, maximumBins: Int = 30, isWhole: Bool = true) {
    let values = values.filter(\.isFinite).sorted()
    self.title = title
    guard let first = values.first, let last = values.last else {
      start = 0
      binWidth = 1
      counts = []
      summary = nil
      return
    }
    func percentile(_ share: Double) -> Double {
      values[min(values.count - 1, Int(Double(values.count) * share))]
    }
    summary = Summary(
      minimum: first, median: percentile(0.5), percentile95: percentile(0.95), maximum: last,
      mean: values.reduce(0, +) / Double(values.count))
    let width = Self.roundWidth(
      (percentile(0.99) - first) / Double(max(1, maximumBins - 1)), isWhole: isWhole)
    let lower = (first / width).rounded(.down) * width
    func bin(of value: Double) -> Int {
      Int(min(Double(max(1, maximumBins) - 1), ((value - lower) / width).rounded(.down)))
    }
    var counts = [Int](repeating: 0, count: bin(of: last) + 1)
    for value in values { counts[bin(of: value)] += 1 }
    self.counts = counts
    start = lower
    binWidth = width
  }

  private static func roundWidth(_ least: Double, isWhole: Bool) -> Double {
    var power = isWhole ? 1.0 : 0.001
    while power * 10 < least { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least } ?? power * 10
  }

  /// Lower end of a bin.
  public func lowerEnd(of bin: Int) -> Double { start + Double(bin) * binWidth }

  /// Bars for a terminal, one line a bin.
  ///
  /// - Parameter width: length of the longest bar, in characters.
  /// - Returns: the lines.
  public func bars(width: Int = 40) -> [String] {
    let most = counts.max() ?? 0
    guard most > 0 else { return ["(nothing)"] }
    let eighths = Array(" ▏▎▍▌▋▊▉")
    let labels = counts.indices.map { Self.number(lowerEnd(of: $0)) }
    let labelWidth = labels.map(\.count).max() ?? 0
    return zip(labels, counts).map { label, count in
      let length = count * width * 8 / most
      let rest = length % 8
      let bar = String(repeating: "█", count: length / 8) + (rest > 0 ? String(eighths[rest]) : "")
      let padding = String(repeating: " ", count: labelWidth - label.count)
      return "\(padding)\(label) │\(bar) \(count)"
    }
  }

  /// A number without a needless fraction.
  static func number(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    let hundredths = (value * 100).rounded() / 100
    return String(hundredths)
  }
}
