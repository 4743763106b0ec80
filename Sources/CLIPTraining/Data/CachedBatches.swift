import CLIPData
import CLIPText
import Torch

/// Batches whose pictures are features that were computed before: no picture is read any more.
final class CachedBatches: BatchSource {
  private let samples: any SampleSource
  private let sampler: EpochSampler
  private let duplicates: DuplicateKeys?
  private let tokenizer: any Tokenizer
  private let features: FeatureCache.Table
  private let teacher: FeatureCache.Table?
  private(set) var position: TrainingPosition
  private var order: EpochOrder

  /// Joins samples with the features of their pictures.
  ///
  /// - Parameters:
  ///   - samples: where the samples come from.
  ///   - sampler: which of them make a batch.
  ///   - position: where to begin.
  ///   - duplicates: pairs that must not meet in one batch.
  ///   - tokenizer: makes the tokens.
  ///   - features: what the student's image encoder pools.
  ///   - teacher: the teacher's embeddings, if there is one.
  init(
    _ samples: any SampleSource, sampler: EpochSampler, from position: TrainingPosition,
    spreading duplicates: DuplicateKeys?, tokenizer: any Tokenizer, features: FeatureCache.Table,
    teacher: FeatureCache.Table?
  ) {
    self.samples = samples
    self.sampler = sampler
    self.duplicates = duplicates
    self.tokenizer = tokenizer
    self.features = features
    self.teacher = teacher
    self.position = position
    order = sampler.order(epoch: position.epoch, spreading: duplicates)
    wrap()
  }

  func next() throws -> TrainingBatch {
    let place = position
    let rows = try order.pairs(at: place.step).enumerated().map { row, index in
      var random = order.random(of: row, at: place.step)
      let sample = try samples.sample(at: index, using: &random)
      return SampleBatch.Row(
        index: index, sample: sample,
        imageKey: try sample.imageID.map { UInt64(bitPattern: try features.key(of: $0)) },
        tokenizer: tokenizer)
    }
    position.step += 1
    wrap()
    let batch = try SampleBatch(rows, at: place, source: samples.source)
    return TrainingBatch(
      batch,
      pictures: batch.imageIDs.isEmpty
        ? .none
        : .pooled(
          try features.rows(batch.imageIDs), teacher: try teacher?.rows(batch.imageIDs)))
  }

  /// Goes on to the next epoch after an epoch's last step.
  private func wrap() {
    guard position.step >= sampler.stepsPerEpoch else { return }
    position = TrainingPosition(epoch: position.epoch + 1, step: 0)
    order = sampler.order(epoch: position.epoch, spreading: duplicates)
  }
}
