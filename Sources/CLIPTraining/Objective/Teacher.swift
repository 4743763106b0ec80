public import CLIPModels

/// Who a student learns from besides its pairs.
public protocol Teacher {
  /// What its scores are multiplied by; nil where nobody has said.
  var scale: Double? { get }
  /// How it compares pictures with texts.
  var interaction: any Interaction { get }

  /// Its features of a batch's pictures or texts, with those before they got unit length.
  ///
  /// - Parameters:
  ///   - side: pictures or texts.
  ///   - batch: this worker's samples.
  ///   - view: which of the samples' texts.
  /// - Returns: a row for each pair, on the student's device.
  /// - Throws: ``TrainingError/objective(_:)`` for what it does not know.
  func features(
    of side: PairSide, _ batch: TrainingBatch, view: Int
  ) throws -> Features
}
