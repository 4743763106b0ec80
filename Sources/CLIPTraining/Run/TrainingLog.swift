import Files
import Foundation

/// The run's log, in the original's format: `2022-11-02,10:00:00 | INFO | Rank 0 | …`.
///
/// Source: `cn_clip/training/logger.py`.
final class TrainingLog {
  private let file: FileHandle?
  private let rank: Int
  private let show: (String) -> Void
  private let format: DateFormatter
  private var hasFailed = false

  /// Opens the log.
  ///
  /// - Parameters:
  ///   - url: lines are added to this file; nil: none is written.
  ///   - rank: this worker.
  ///   - show: gets every line too.
  /// - Throws: ``TrainingError`` when the run folder cannot be written.
  init(_ url: URL?, rank: Int, show: @escaping (String) -> Void) throws {
    self.rank = rank
    self.show = show
    format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd,HH:mm:ss"
    file = try url.map { url in
      if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
      let handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
      return handle
    }
  }

  deinit {
    try? file?.close()
  }

  func info(_ message: String) { write("INFO", message) }
  func warning(_ message: String) { write("WARNING", message) }
  func error(_ message: String) { write("ERROR", message) }

  private func write(_ level: String, _ message: String) {
    guard rank == 0 || level != "INFO" else { return }
    let line = "\(format.string(from: .now)) | \(level) | Rank \(rank) | \(message)"
    show(line)
    do { try file?.write(contentsOf: Data((line + "\n").utf8)) } catch {
      guard !hasFailed else { return }
      hasFailed = true
      show("the log lacks lines from here on: \(SystemError.reason(error))")
    }
  }
}

/// What a log line and a line of `metrics.jsonl` say about a step.
struct StepRecord: Codable, Sendable {
  var event = "step"
  let stage: String
  let globalStep: Int
  let stageStep: Int
  let stageSteps: Int
  let epoch: Int
  let samplesSeen: Int
  let samplesPerEpoch: Int
  let loss: Double
  let imageToTextAccuracy: Double?
  let textToImageAccuracy: Double?
  let gradientNorm: Double
  let learningRate: Double
  let logitScale: Double
  let dataSeconds: Double
  let stepSeconds: Double
  let batchSize: Int

  /// The original's line.
  ///
  /// The learning rate has more digits than there, where that of a fine-tuning
  /// run reads 0.000000 for most of its time.
  var line: String {
    let percent = 100 * Double(samplesSeen) / Double(max(1, samplesPerEpoch))
    return String(
      format: "Global Steps: %d/%d | Train Epoch: %d [%d/%d (%.0f%%)] | Loss: %.6f | "
        + "Image2Text Acc: %@ | Text2Image Acc: %@ | Data Time: %.3fs | Batch Time: %.3fs | "
        + "LR: %.10f | logit_scale: %.3f | Global Batch Size: %d",
      stageStep, stageSteps, epoch, samplesSeen, samplesPerEpoch, percent, loss,
      Self.percent(imageToTextAccuracy), Self.percent(textToImageAccuracy), dataSeconds,
      stepSeconds,
      learningRate, logitScale, batchSize)
  }

  private static func percent(_ share: Double?) -> String {
    share.map { String(format: "%.2f", 100 * $0) } ?? "-"
  }
}

/// What an evaluation found, in percent.
struct EvaluationRecord: Codable, Sendable {
  var event = "evaluation"
  let stage: String
  let globalStep: Int
  let epoch: Int
  let textToImage: [String: Double]
  let imageToText: [String: Double]
  let meanRecall: Double
  let images: Int
  let texts: Int
  let logitScale: Double
  let seconds: Double

  var line: String {
    func list(_ recall: [String: Double]) -> String {
      recall.sorted { ($0.key.count, $0.key) < ($1.key.count, $1.key) }
        .map { String(format: "%@ %.2f", $0.key.uppercased(), $0.value) }.joined(separator: " ")
    }
    return String(
      format: "Validation Result (epoch %d @ %d steps) | Text2Image %@ | Image2Text %@ | "
        + "Mean Recall: %.2f | logit_scale: %.3f | Images: %d | Texts: %d",
      epoch, globalStep, list(textToImage), list(imageToText), meanRecall, logitScale, images,
      texts)
  }
}
