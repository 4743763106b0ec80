import CLIPData
import CLIPText
import Torch

/// Batches whose pictures are features that were computed before: no picture is read any more.
final class CachedBatches: BatchSource {
  private let dataset: any PairDataset
  private let sampler: EpochSampler
  private let duplicates: DuplicateKeys?
  private let tokenizer: TextTokenizer
  private let features: FeatureCache.Table
  private let teacher: FeatureCache.Table?
  private(set) var position: TrainingPosition
  private var order: EpochOrder

  /// Joins a data set with the features of its pictures.
  ///
  /// - Parameters:
  ///   - dataset: the pairs.
  ///   - sampler: which pairs make a batch.
  ///   - position: where to begin.
  ///   - duplicates: pairs that must not meet in one batch.
  ///   - tokenizer: makes the tokens.
  ///   - features: what the student's image encoder pools.
  ///   - teacher: the teacher's embeddings, if there is one.
  init(
    _ dataset: any PairDataset, sampler: EpochSampler, from position: TrainingPosition,
    spreading duplicates: DuplicateKeys?, tokenizer: TextTokenizer, features: FeatureCache.Table,
    teacher: FeatureCache.Table?
  ) {
    self.dataset = dataset
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
    let indices = order.pairs(at: place.step)
    let pairs = try indices.map { try dataset.pair(at: $0) }
    position.step += 1
    wrap()
    let imageIDs = pairs.map(\.imageID)
    let texts = pairs.map(\.text)
    return TrainingBatch(
      pictures: .pooled(try features.rows(imageIDs), teacher: try teacher?.rows(imageIDs)),
      tokens: tokenizer(texts), texts: { texts }, imageKeys: try features.keys(imageIDs),
      textKeys: texts.map { Int64(bitPattern: CaptionKey.key(of: $0)) }, imageIDs: imageIDs,
      textIDs: pairs.map(\.textID), place: place, replacements: [])
  }

  /// Goes on to the next epoch after an epoch's last step.
  private func wrap() {
    guard position.step >= sampler.stepsPerEpoch else { return }
    position = TrainingPosition(epoch: position.epoch + 1, step: 0)
    order = sampler.order(epoch: position.epoch, spreading: duplicates)
  }
}
