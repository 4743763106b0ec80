import ArgumentParser
import Foundation
import Torch

/// The option that shows where the time goes.
struct ProfileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where to write what took how long, in Chrome's trace format: open it in \
      chrome://tracing or ui.perfetto.dev.
      """, valueName: "file.json"))
  var profile: String?

  /// Does the work, and writes its trace if one is wanted.
  func recording(_ work: () throws -> Void) throws {
    guard let profile else { return try work() }
    Trace.start()
    try work()
    let (spans, dropped) = Trace.stop()
    let writer = try ResultWriter(path: profile)
    try writer.line("{\"traceEvents\": [")
    for (index, span) in spans.enumerated() {
      let microseconds = String(
        format: "\"ts\": %.1f, \"dur\": %.1f", span.start * 1e6, span.duration * 1e6)
      try writer.line(
        "{\"name\": \"\(span.name)\", \"ph\": \"X\", \(microseconds), \"pid\": 1, "
          + "\"tid\": \(span.thread)}\(index + 1 < spans.count ? "," : "")")
    }
    try writer.line("]}")
    try writer.finish()
    if dropped > 0 {
      StandardError.line("\(profile): \(dropped) later spans were left out")
    }
  }
}
