import CLIPData
import Foundation
import TorchNN

/// Where a run stands between two steps, besides its tensors.
struct TrainingState: Codable, Hashable, Sendable {
  /// The stage that runs, by its place in the list.
  var stage = 0
  /// Steps done in that stage.
  var stageStep = 0
  /// Steps done in all stages.
  var globalStep = 0
  /// The next batch of the stage.
  var position = TrainingPosition()
  /// The mean recall before the first step, in percent.
  var startRecall: Double?
  /// The best mean recall of the run, in percent.
  var bestRecall: Double?
  /// The same of the stage alone, which decides when it has run long enough.
  var bestStageRecall: Double?
  /// Evaluations since the stage's recall last rose.
  var evaluationsWithoutGain = 0
  /// Whether the evaluation after the last step is still to be done; nil: it is not.
  var owesEvaluation: Bool?
  /// Pairs of a part of a batch, where the stage chose it; nil: it chose none.
  var chosenPart: Int?
  /// Steps in a row that were skipped.
  var skippedInARow = 0
  /// Updates of the moving average.
  var averageUpdates = 0
  /// The state of `float16`'s loss scaling.
  var lossScaler = LossScaler()
  /// Seconds of training so far.
  var seconds = 0.0
  /// How many workers there were: each has random numbers of its own.
  var workerCount = 1
  /// Whether all stages are done.
  var isFinished = false

  /// Begins the next stage.
  mutating func beginNextStage() {
    stage += 1
    stageStep = 0
    position = TrainingPosition()
    bestStageRecall = nil
    evaluationsWithoutGain = 0
    chosenPart = nil
  }

  static func read(_ file: URL) throws -> TrainingState {
    do {
      return try JSONDecoder().decode(TrainingState.self, from: Data(contentsOf: file))
    } catch {
      throw TrainingError.otherRun(path: file.path, problem: "its state cannot be read")
    }
  }

  func write(_ file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: file)
  }
}
