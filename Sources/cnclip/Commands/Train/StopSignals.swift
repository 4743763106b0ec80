import CLIPTraining
import Dispatch
import Foundation
import Synchronization

/// Turns the first Ctrl-C or SIGTERM into a request to save and stop; the second ends at once.
final class StopSignals {
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  /// Starts to listen.
  init(_ stop: StopRequest) {
    let queue = DispatchQueue(label: "cnclip.signals")
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.isRequested { exit(128 + number) }
        stop.request()
        StandardError.line("saving and stopping after this step; once more to stop at once")
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals their usual meaning back.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
  }
}
