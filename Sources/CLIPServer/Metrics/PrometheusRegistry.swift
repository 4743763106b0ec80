package import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps everything in memory and writes Prometheus' text format 0.0.4.
///
/// Only what this server needs: counters, gauges and histograms with fixed buckets.
package final class PrometheusRegistry: MetricsFactory {
  /// Name and labels of one time series.
  private struct Series: Hashable {
    var name: String
    var labels: [String]
  }

  private enum Instrument {
    case counter(GaugeValue)
    case gauge(GaugeValue)
    case histogram(HistogramHandler)
  }

  /// Buckets for durations in seconds: from a cached answer to a request that has timed out.
  package static let durationBounds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
  /// Buckets for batch sizes.
  package static let sizeBounds: [Double] = [1, 2, 4, 8, 16, 32, 64]

  private let series = Mutex<[Series: Instrument]>([:])

  /// An empty registry.
  package init() {}

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    value(label, dimensions) { .counter($0) }
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    value(label, dimensions) { .counter($0) }
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    value(label, dimensions) { .gauge($0) }
  }

  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    histogram(label, dimensions, bounds: Self.sizeBounds)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions, bounds: Self.durationBounds)
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  private func value(
    _ label: String, _ dimensions: [(String, String)], _ wrap: (GaugeValue) -> Instrument
  ) -> GaugeValue {
    series.withLock { series in
      let key = Self.key(label, dimensions)
      switch series[key] {
      case .counter(let value), .gauge(let value): return value
      default:
        let value = GaugeValue()
        series[key] = wrap(value)
        return value
      }
    }
  }

  private func histogram(
    _ label: String, _ dimensions: [(String, String)], bounds: [Double]
  ) -> HistogramHandler {
    series.withLock { series in
      let key = Self.key(label, dimensions)
      if case .histogram(let histogram) = series[key] { return histogram }
      let histogram = HistogramHandler(bounds: bounds)
      series[key] = .histogram(histogram)
      return histogram
    }
  }

  private static func key(_ label: String, _ dimensions: [(String, String)]) -> Series {
    let name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    let labels = dimensions.map { name, value in
      let escaped = value.flatMap { character in
        switch character {
        case "\\": "\\\\"
        case "\"": "\\\""
        case "\n": "\\n"
        default: "\(character)"
        }
      }
      return "\(name)=\"\(String(escaped))\""
    }
    return Series(name: name, labels: labels)
  }

  /// Everything as Prometheus' text format, sorted by name.
  package var text: String {
    let all = series.withLock {
      $0.sorted { ($0.key.name, $0.key.labels.joined()) < ($1.key.name, $1.key.labels.joined()) }
    }
    var lines: [String] = []
    var previous = ""
    for (key, instrument) in all {
      if key.name != previous { lines.append("# TYPE \(key.name) \(Self.type(instrument))") }
      previous = key.name
      switch instrument {
      case .counter(let value), .gauge(let value):
        lines.append("\(key.name)\(Self.braces(key.labels)) \(Self.format(value.value))")
      case .histogram(let histogram):
        let snapshot = histogram.snapshot
        var cumulative: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, snapshot.counts) {
          cumulative += count
          let labels = key.labels + ["le=\"\(Self.format(bound))\""]
          lines.append("\(key.name)_bucket\(Self.braces(labels)) \(cumulative)")
        }
        lines.append(
          "\(key.name)_bucket\(Self.braces(key.labels + ["le=\"+Inf\""])) \(snapshot.count)")
        lines.append("\(key.name)_sum\(Self.braces(key.labels)) \(Self.format(snapshot.sum))")
        lines.append("\(key.name)_count\(Self.braces(key.labels)) \(snapshot.count)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One readable line for each duration: count, mean, median, 90th and 99th percentile.
  package var summary: String {
    let all = series.withLock {
      $0.sorted { ($0.key.name, $0.key.labels.joined()) < ($1.key.name, $1.key.labels.joined()) }
    }
    let lines = all.compactMap { key, instrument -> String? in
      guard case .histogram(let histogram) = instrument else { return nil }
      let snapshot = histogram.snapshot
      let mean = snapshot.count == 0 ? 0 : snapshot.sum / Double(snapshot.count)
      let figures = [
        "count \(snapshot.count)", "mean \(Self.rounded(mean))",
        "p50 \(Self.rounded(histogram.quantile(0.5)))",
        "p90 \(Self.rounded(histogram.quantile(0.9)))",
        "p99 \(Self.rounded(histogram.quantile(0.99)))",
      ]
      return "\(key.name)\(Self.braces(key.labels)): \(figures.joined(separator: ", "))"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func type(_ instrument: Instrument) -> String {
    switch instrument {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram: "histogram"
    }
  }

  private static func braces(_ labels: [String]) -> String {
    labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
  }

  private static func rounded(_ value: Double) -> String {
    format((value * 1e5).rounded() / 1e5)
  }

  private static func format(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }
}
