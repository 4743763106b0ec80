import Files
import Foundation

/// Writes what a run measures, in every form that it is wanted in.
final class RunRecorder {
  private let folder: RunFolder
  private let metrics: MetricsFile
  private let events: EventsFile

  /// Opens the files.
  ///
  /// - Parameters:
  ///   - folder: the run.
  ///   - globalStep: steps done by the checkpoint that the run goes on from.
  /// - Throws: ``TrainingError`` when the run folder cannot be written.
  init(_ folder: RunFolder, resumingAfter globalStep: Int) throws {
    self.folder = folder
    metrics = try MetricsFile(folder.metrics, resumingAfter: globalStep)
    events = try EventsFile(in: folder.url, resumingAfter: globalStep)
  }

  func add(_ record: StepRecord) throws {
    try metrics.add(record)
    try events.add(
      [
        ("train/loss", record.loss), ("train/gradient_norm", record.gradientNorm),
        ("train/learning_rate", record.learningRate),
        ("train/logit_scale", record.logitScale),
        ("speed/pairs_per_second", Double(record.batchSize) / max(record.stepSeconds, 1e-9)),
      ]
        + [
          ("train/image_to_text_accuracy", record.imageToTextAccuracy),
          ("train/text_to_image_accuracy", record.textToImageAccuracy),
        ].compactMap { name, share in share.map { (name, $0) } }, step: record.globalStep)
  }

  func add(_ record: EvaluationRecord) throws {
    try metrics.add(record)
    var scalars = [("valid/mean_recall", record.meanRecall)]
    scalars += record.textToImage.sorted { $0.key < $1.key }
      .map { ("valid/text_to_image_\($0.key)", $0.value) }
    scalars += record.imageToText.sorted { $0.key < $1.key }
      .map { ("valid/image_to_text_\($0.key)", $0.value) }
    try events.add(scalars, step: record.globalStep)
  }

  /// Draws loss and recall so far.
  func drawCurves() throws {
    try TrainingError.wrapping {
      let file = try AtomicFile(folder.curves)
      try file.write(try CurvesPicture(metrics: folder.metrics).svg())
      try file.commit()
    }
  }
}
