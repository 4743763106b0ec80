import CLIPTraining
import Files
import Foundation
import Torch

/// Runs a trainer at the terminal: workers, signals, progress, result.
struct TrainingSession {
  let options: RunOptions

  /// Trains in this process, or starts the workers that do.
  ///
  /// - Parameter configuration: makes the run; not called where workers do the work.
  /// - Throws: ``TrainingError`` with a sentence for people.
  func run(_ configuration: () throws -> TrainingConfiguration) throws {
    let environment = try WorkerEnvironment.read()
    let stop = StopRequest()
    let signals = StopSignals(stop)
    defer { signals.end() }
    if options.nproc > 1, environment == nil {
      // A wrong run file is one sentence here, not one from every worker.
      try Trainer.check(
        configuration(), output: URL(filePath: options.output), resumes: options.resume)
      return try launch(stop)
    }
    if let threads = options.threads { LibTorch.threads = threads }
    LibTorch.flushDenormals()
    do {
      try train(configuration(), environment, stop)
    } catch {
      throw environment?.explained(error) ?? error
    }
  }

  private func launch(_ stop: StopRequest) throws {
    guard let executable = Bundle.main.executableURL else {
      throw CommandFailure("this program does not know its own path, so it cannot start workers")
    }
    let arguments = Self.withoutWorkers(Array(CommandLine.arguments.dropFirst()))
    try LocalLauncher(executable: executable, arguments: arguments, count: options.nproc)
      .run(stop: stop)
  }

  private func train(
    _ configuration: TrainingConfiguration, _ environment: WorkerEnvironment?, _ stop: StopRequest
  ) throws {
    let workers = try environment?.join()
    let isFirst = (workers?.rank ?? 0) == 0
    if isFirst { DeviceFallback.warn(configuration.device) }
    let progress = TrainingProgress(quiet: options.quiet || !isFirst)
    let trainer = try Trainer(
      configuration, output: URL(filePath: options.output), resumes: options.resume,
      workers: workers, localRank: environment?.localRank ?? 0, stop: stop,
      reporter: TrainingReporter(line: progress.line, progress: progress.show))
    let outcome = try trainer.run()
    progress.finish()
    if isFirst { try report(outcome) }
  }

  private func report(_ outcome: Trainer.Outcome) throws {
    let best = URL(filePath: options.output).appending(path: "best").path
    if options.json {
      let result = JSONResult(
        finished: outcome.isFinished, steps: outcome.steps, startRecall: outcome.startRecall,
        bestRecall: outcome.bestRecall, model: best)
      print(String(decoding: try JSONEncoder.sorted.encode(result), as: UTF8.self))
      return
    }
    func percent(_ value: Double?) -> String {
      value.map { String(format: "%.2f", $0) } ?? "not measured"
    }
    print(
      outcome.isFinished
        ? "Done after \(outcome.steps) steps."
        : "Stopped after \(outcome.steps) steps; continue with --resume.")
    print(
      "Mean recall: \(percent(outcome.startRecall)) at the start, \(percent(outcome.bestRecall)) at best."
    )
    let isStart = outcome.startRecall != nil && outcome.startRecall == outcome.bestRecall
    print(
      "The best model: \(best.showingControls)"
        + (isStart ? " (the start: nothing was better)" : ""))
  }

  private struct JSONResult: Encodable {
    let finished: Bool
    let steps: Int
    let startRecall: Double?
    let bestRecall: Double?
    let model: String

    private enum CodingKeys: String, CodingKey {
      case finished, steps, model
      case startRecall = "start_recall"
      case bestRecall = "best_recall"
    }
  }

  /// The arguments of a worker: those of this command but for `--nproc`.
  static func withoutWorkers(_ arguments: [String]) -> [String] {
    var kept: [String] = []
    var skipsValue = false
    for argument in arguments {
      if skipsValue {
        skipsValue = false
      } else if argument == "--nproc" {
        skipsValue = true
      } else if !argument.hasPrefix("--nproc=") {
        kept.append(argument)
      }
    }
    return kept
  }
}

extension JSONEncoder {
  fileprivate static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
