import CLIPData
import CLIPImages
import CLIPText
import Foundation
import Torch

/// Batches of pictures, decoded ahead of the training loop.
final class PixelBatches: BatchSource {
  private let dataset: any PairDataset
  private let loader: BatchLoader

  /// Starts reading.
  ///
  /// - Parameters:
  ///   - dataset: the pairs.
  ///   - sampler: which pairs make a batch.
  ///   - position: where to begin.
  ///   - model: what prepares pictures and tokens.
  ///   - data: augmentation, duplicates, damage, threads.
  /// - Throws: `DataError` when a picture or caption cannot be read.
  init(
    _ dataset: any PairDataset, sampler: EpochSampler, from position: TrainingPosition,
    model: TrainableModel, data: DataConfiguration
  ) throws {
    self.dataset = dataset
    var settings = BatchLoader.Settings()
    settings.threads = data.threads
    settings.policy = data.damagePolicy
    let preprocessor = model.preprocessor
    let preparation: BatchLoader.Preparation
    if data.augments {
      let augmentation = try ImageAugmentation(
        size: preprocessor.size, decoder: preprocessor.decoder)
      preparation = { data, random in try augmentation(data, using: &random) }
    } else {
      preparation = { data, _ in try preprocessor(data) }
    }
    loader = try BatchLoader(
      dataset, sampler: sampler, from: position,
      spreading: data.spreadsDuplicates ? DuplicateKeys(dataset) : nil,
      tokenizer: model.tokenizer, imageSize: preprocessor.size, settings: settings,
      prepare: preparation)
  }

  var position: TrainingPosition { loader.position }

  func next() throws -> TrainingBatch {
    guard let batch = try loader.next() else {
      throw DataError.invalidSetting("\(dataset.source) has no pairs.")
    }
    let dataset = dataset
    return TrainingBatch(
      pictures: .pixels(
        try Tensor(batch.images, shape: [batch.count, batch.imageSize, batch.imageSize, 3])),
      tokens: batch.tokens,
      texts: { try batch.pairs.map { try dataset.pair(at: $0).text } },
      imageKeys: batch.imageKeys.map(Int64.init(bitPattern:)),
      textKeys: batch.textKeys.map(Int64.init(bitPattern:)), imageIDs: batch.imageIDs,
      textIDs: batch.textIDs, place: TrainingPosition(epoch: batch.epoch, step: batch.step),
      replacements: batch.replacements)
  }
}
