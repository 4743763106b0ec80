import CLIPData
import CLIPImages
import CLIPText
import Foundation
import Torch

/// Batches of pictures, decoded ahead of the training loop.
final class PixelBatches: BatchSource {
  private let samples: any SampleSource
  private let loader: BatchLoader

  /// Starts reading.
  ///
  /// - Parameters:
  ///   - samples: where the samples come from.
  ///   - sampler: which of them make a batch.
  ///   - position: where to begin.
  ///   - duplicates: samples that must not meet in one batch.
  ///   - model: what prepares pictures and tokens.
  ///   - data: augmentation, damage, threads.
  /// - Throws: `DataError` when a picture or caption cannot be read.
  init(
    _ samples: any SampleSource, sampler: EpochSampler, from position: TrainingPosition,
    spreading duplicates: DuplicateKeys?, model: TrainableModel, data: DataConfiguration
  ) throws {
    self.samples = samples
    var settings = BatchLoader.Settings()
    settings.threads = data.threads
    settings.policy = data.damagePolicy
    let preprocessor = model.preprocessor
    let preparation: BatchLoader.Preparation
    if let configuration = data.augmentation {
      let augmentation = try ImageAugmentation(
        size: preprocessor.size, configuration: configuration, decoder: preprocessor.decoder)
      preparation = { data, random in try augmentation(data, using: &random) }
    } else {
      preparation = { data, _ in try preprocessor(data) }
    }
    loader = try BatchLoader(
      samples, sampler: sampler, from: position, spreading: duplicates,
      tokenizer: model.tokenizer, imageSize: preprocessor.size, settings: settings,
      prepare: preparation)
  }

  var position: TrainingPosition { loader.position }

  func next() throws -> TrainingBatch {
    guard let batch = try loader.next() else {
      throw DataError.invalidSetting("\(samples.source) has no samples.")
    }
    return TrainingBatch(
      batch,
      pictures: batch.imageIDs.isEmpty
        ? .none
        : .pixels(
          try Tensor(batch.images, shape: [batch.count, batch.imageSize, batch.imageSize, 3])))
  }
}
