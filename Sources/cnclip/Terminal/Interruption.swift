import ArgumentParser
import Foundation

/// Lets Ctrl-C end long work in good order: what is done is kept.
enum Interruption {
  /// The exit code of a command that was interrupted.
  static let exitCode = ExitCode(130)

  /// Runs work whose task is cancelled by the first Ctrl-C (or SIGTERM); the second ends the
  /// process at once.
  static func cancelling<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        task.cancel()
        StandardError.write("\n")
        StandardError.line("stopping after this batch; once more to stop at once")
        signal(number, SIG_DFL)
      }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      signal(SIGINT, SIG_DFL)
      signal(SIGTERM, SIG_DFL)
    }
    return try await task.value
  }
}
