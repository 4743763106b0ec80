import CLIPServer
import CoreMetrics
import ServerTestSupport
import Testing

@Suite("Prometheus metrics")
struct MetricsTests {
  @Test("a histogram's buckets are cumulative and end in +Inf")
  func histogram() {
    let registry = PrometheusRegistry()
    let timer = Timer(label: "work.time", factory: registry)
    for milliseconds in [1, 3, 30, 20_000] { timer.recordMilliseconds(milliseconds) }
    let text = registry.text
    #expect(text.contains("# TYPE work_time histogram"))
    #expect(text.contains("work_time_bucket{le=\"0.001\"} 1\n"))
    #expect(text.contains("work_time_bucket{le=\"0.005\"} 2\n"))
    #expect(text.contains("work_time_bucket{le=\"10\"} 3\n"))
    #expect(text.contains("work_time_bucket{le=\"+Inf\"} 4\n"))
    #expect(text.contains("work_time_count 4\n"))
    #expect(text.contains("work_time_sum 20.034"))
  }

  @Test("counters and gauges count, and equal labels share a series")
  func counters() {
    let registry = PrometheusRegistry()
    for _ in 0..<3 {
      Counter(label: "requests", dimensions: [("path", "a\"b\\c\nd")], factory: registry)
        .increment()
    }
    let gauge = Meter(label: "open", factory: registry)
    gauge.increment()
    gauge.increment()
    gauge.decrement()
    #expect(registry.text.contains(#"requests{path="a\"b\\c\nd"} 3"# + "\n"))
    #expect(registry.text.contains("# TYPE open gauge\nopen 1\n"))
  }

  @Test("a host's own metrics system gets what the registry gets")
  func hostFactory() {
    let host = PrometheusRegistry()
    let metrics = ServerMetrics(alsoFor: host)
    metrics.cachedTexts.increment(by: 3)
    metrics.record(endpoint: "/x", method: "GET", status: 200, nanoseconds: 5)
    for registry in [host, metrics.registry] {
      #expect(registry.text.contains("cnclip_text_cache_hits_total 3\n"))
      #expect(registry.text.contains("http_server_request_duration_seconds_count"))
    }
  }

  @Test("quantiles lie within their buckets")
  func quantiles() {
    let histogram = HistogramHandler(bounds: [1, 2, 4])
    for value in [0.5, 1.5, 1.5, 3] { histogram.record(value) }
    #expect((1...2).contains(histogram.quantile(0.5)))
    #expect((2...4).contains(histogram.quantile(0.99)))
    #expect(HistogramHandler(bounds: [1]).quantile(0.5) >= 0)
    histogram.record(.nan)
    #expect(histogram.snapshot.count == 4)
  }
}
