import CLIPData
import CLIPEvaluation
import CLIPModels
import Checkpoints
import Foundation
import Torch
import TorchNN

extension Trainer {
  /// Measures recall over the whole validation set and keeps the best model.
  ///
  /// Where there is no validation set, the newest model is the best.
  func evaluate(epoch: Int, average: MovingAverage? = nil) throws {
    guard let evaluation else { return }
    let start = ContinuousClock.now
    let scores = try averaged(average) { try measure(evaluation) }
    let recall = scores.score
    let record = EvaluationRecord(
      stage: state.stage < configuration.stages.count
        ? configuration.stages[state.stage].name : "",
      globalStep: state.globalStep, epoch: epoch, textToImage: scores.textToImage,
      imageToText: scores.imageToText, meanRecall: recall, images: scores.images,
      texts: scores.texts,
      logitScale: try model.encoder.scale.logarithm(),
      seconds: (ContinuousClock.now - start) / .seconds(1))
    log.info(record.line)
    try recorder?.add(record)
    if state.globalStep == 0 { state.startRecall = recall }
    if let first = state.startRecall, recall < first {
      log.warning(
        String(
          format: "Mean recall %.2f is under the %.2f of the start: a lower learning rate may "
            + "help, and best/ keeps the best", recall, first))
    }
    if recall > state.bestStageRecall ?? -1 {
      state.bestStageRecall = recall
      state.evaluationsWithoutGain = 0
    } else {
      state.evaluationsWithoutGain += 1
    }
    if recall > state.bestRecall ?? -1 {
      state.bestRecall = recall
      try averaged(average) { try writeBest(epoch: epoch) }
    }
  }

  /// Runs a closure with the moving average in the weights' place, if there is one.
  func averaged<Result>(_ average: MovingAverage?, _ body: () throws -> Result) throws -> Result {
    try average?.withAverage(body) ?? body()
  }

  private func measure(_ evaluation: any ModelEvaluation) throws -> ModelScores {
    let clip = try model.ready(
      precision: configuration.precision, batchSize: configuration.evaluation.batchSize)
    // Recall of embeddings is shared among workers, and pictures of a frozen encoder are kept.
    guard let recall = evaluation as? RetrievalEvaluation, !clip.interaction.needsTokens else {
      return try evaluation.scores(of: clip) { reporter.progress("evaluating", $0, $1) }
    }
    return ModelScores(try shared(recall, by: clip))
  }

  private func shared(_ evaluation: RetrievalEvaluation, by clip: CLIP) throws -> RetrievalScores {
    let shared = SharedEmbedding(workers: workers)
    let images =
      try validationImages
      ?? shared.images(evaluation.imageIDs, of: PairedSamples(evaluation.dataset), by: clip) {
        reporter.progress("evaluating", $0, evaluation.imageIDs.count)
      }
    validationImages =
      model.encoder.parameters.learned.contain(.image, .imageHead) ? nil : images
    let texts = try shared.texts(evaluation.captions.map(\.text), by: clip)
    return try evaluation.scores(
      images: Self.features(evaluation.imageIDs, images),
      texts: Self.features(evaluation.captions.map(\.textID), texts))
  }

  private static func features(_ ids: [Int64], _ tensor: Tensor) throws -> FeatureSet {
    try FeatureSet(
      ids: ids, embeddings: Embeddings(dimension: tensor.shape[1], values: tensor.scalars()))
  }
}
