import CLIPData
import CLIPModels
import Foundation
import Torch
import TorchNN

extension Trainer {
  /// Takes one optimiser step.
  ///
  /// - Returns: whether any worker wants to stop.
  func advance(_ stage: Stage) throws -> Bool {
    let start = ContinuousClock.now
    let batch = try stage.batches.next()
    let dataSeconds = (ContinuousClock.now - start) / .seconds(1)
    for replaced in batch.samples.replacements {
      log.warning("Sample \(replaced.index) was replaced: \(replaced.reason)")
    }
    for damage in batch.samples.damaged { damaged.note(damage, log) }
    let scales = stage.step.autocast == .float16
    let factor = scales ? state.lossScaler.factor : 1
    let report = try stage.step(batch, lossFactor: factor, stops: stop.isRequested)
    if factor != 1 {
      try withoutGradients { () throws(TorchError) in
        try stage.learned.gradients().multiply(by: 1 / factor)
      }
    }
    let norm = try stage.learned.clipGradients(to: stage.settings.gradientClip)
    let rate = stage.schedule.rate(at: state.stageStep)
    let isFinite = report.loss.isFinite && norm.isFinite
    if scales { state.lossScaler.update(isFinite: norm.isFinite) }
    if isFinite {
      try stage.optimizer.step(learningRate: rate)
      try clampScale()
      try stage.average?.update()
      state.skippedInARow = 0
    } else if report.loss.isFinite, scales, factor > 1 {
      log.info("The loss factor of fp16 was too high; it is \(state.lossScaler.factor) now")
    } else {
      try handleNonFinite(report.loss, norm, batch)
    }
    try stage.learned.clearGradients()
    state.averageUpdates = stage.average?.updateCount ?? 0
    state.stageStep += 1
    state.globalStep += 1
    state.position = stage.batches.position
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.seconds += seconds
    reporter.progress(stage.settings.name, state.stageStep, stage.totalSteps)
    if configuration.logInterval > 0,
      state.stageStep.isMultiple(of: configuration.logInterval)
        || state.stageStep == stage.totalSteps
    {
      let stepsPerEpoch = stage.sampler.stepsPerEpoch
      try record(
        StepRecord(
          stage: stage.settings.name, globalStep: state.globalStep, stageStep: state.stageStep,
          stageSteps: stage.totalSteps, epoch: batch.samples.place.epoch + 1,
          samplesSeen: (batch.samples.place.step + 1) * stage.settings.batchSize,
          samplesPerEpoch: stepsPerEpoch * stage.settings.batchSize, loss: report.loss,
          imageToTextAccuracy: report.imageToTextAccuracy,
          textToImageAccuracy: report.textToImageAccuracy, gradientNorm: norm, learningRate: rate,
          logitScale: try model.encoder.scale.logarithm(), dataSeconds: dataSeconds,
          stepSeconds: seconds, batchSize: stage.settings.batchSize))
    }
    return report.stops
  }

  private func record(_ step: StepRecord) throws {
    log.info(step.line)
    try recorder?.add(step)
  }

  /// Keeps what scores are multiplied by in its bounds; e^4.6052 is 100.003.
  private func clampScale() throws(TorchError) {
    let range = configuration.objective.logitScaleRange
    try model.encoder.scale.clamp(range[0]...range[1])
  }

  private func handleNonFinite(_ loss: Double, _ norm: Double, _ batch: TrainingBatch) throws {
    state.skippedInARow += 1
    log.warning(
      "Loss \(loss) with a gradient of length \(norm) is not a number: \(batch.name) changes "
        + "nothing")
    guard configuration.nonFinite == .skip, state.skippedInARow < configuration.nonFiniteLimit
    else {
      throw TrainingError.notFinite(batch: batch.name, times: state.skippedInARow)
    }
  }
}
