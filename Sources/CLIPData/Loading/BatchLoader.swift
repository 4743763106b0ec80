public import CLIPImages
public import CLIPText
public import Foundation
import Synchronization
import Threads

/// Delivers training batches: fetches, decodes, prepares and tokenizes ahead of the training loop.
///
/// What it delivers depends on the sampler and the position alone, never on threads or timing, so a run that
/// is resumed at any step continues exactly.
///
/// ```swift
/// let sampler = try EpochSampler(pairCount: dataset.pairCount, batchSize: 64)
/// let loader = try BatchLoader(
///   PairedSamples(dataset), sampler: sampler, tokenizer: tokenizer, imageSize: 224,
///   prepare: BatchLoader.preparation(preprocessor))
/// while let batch = try loader.next() { … }
/// ```
public final class BatchLoader: Sendable {
  /// Turns a picture's encoded bytes into a square of the batch's size.
  ///
  /// Random choices (crops, flips) come
  /// from the row's own generator, whichever thread prepares it.
  public typealias Preparation =
    @Sendable (_ data: Data, _ random: inout AugmentationRandom) throws -> RGBImage

  /// Limits of prefetching.
  public struct Settings: Sendable {
    /// Threads that prepare pictures; the machine's processors if nil.
    public var threads: Int?
    /// Bytes of prepared pictures that may wait, besides the batch being put together.
    public var memoryBudget = 512 << 20
    /// What to do with a picture that cannot be prepared: stop, or put the next pair in its place and say so
    /// in ``SampleBatch/replacements``.
    public var policy = DamagePolicy.fail

    /// The usual limits.
    public init() {}
  }

  private let samples: any SampleSource
  private let sampler: EpochSampler
  private let imageSize: Int
  private let first: TrainingPosition
  private let rows: OrderedPipeline<Result<Row, any Error>>
  private let state = Mutex(State())

  /// What the caller has got so far.
  private struct State {
    var delivered = 0
    var seconds = 0.0
  }

  /// Starts loading.
  ///
  /// - Parameters:
  ///   - samples: where the samples come from.
  ///   - sampler: which of them make a batch.
  ///   - position: the first batch to deliver.
  ///   - epochs: the epoch before which to stop; nil goes on without end.
  ///   - keys: samples that must not meet in one batch.
  ///   - tokenizer: makes the tokens.
  ///   - imageSize: width and height that `prepare` makes.
  ///   - settings: threads, memory, and what to do with broken pictures.
  ///   - prepare: decodes and prepares one picture.
  /// - Throws: ``DataError/invalidSetting(_:)``.
  public init(
    _ samples: any SampleSource, sampler: EpochSampler,
    from position: TrainingPosition = TrainingPosition(), epochs: Int? = nil,
    spreading keys: DuplicateKeys? = nil, tokenizer: any Tokenizer, imageSize: Int,
    settings: Settings = Settings(), prepare: @escaping Preparation
  ) throws(DataError) {
    guard sampler.pairCount == samples.count, position.epoch >= 0,
      (0...sampler.stepsPerEpoch).contains(position.step), (1...4096).contains(imageSize)
    else {
      throw DataError.invalidSetting(
        """
        A loader of \(samples.count) samples cannot start at epoch \(position.epoch), step \
        \(position.step), with a sampler of \(sampler.pairCount) pairs and \
        \(sampler.stepsPerEpoch) steps and pictures of \(imageSize) pixels.
        """)
    }
    self.samples = samples
    self.sampler = sampler
    self.imageSize = imageSize
    first = position
    let orders = EpochOrders(sampler, keys)
    let rowBytes = imageSize * imageSize * 3
    let (batchSize, steps) = (sampler.batchSize, sampler.stepsPerEpoch)
    let skipped = position.epoch * steps + position.step
    let count = epochs.map { max(0, ($0 * steps - skipped) * batchSize) } ?? .max
    rows = OrderedPipeline(
      count: count, window: settings.memoryBudget / rowBytes,
      threads: settings.threads ?? ProcessInfo.processInfo.activeProcessorCount
    ) { index in
      Result {
        let step = skipped + index / batchSize
        let order = orders.order(of: step / steps)
        return try Row(
          samples, order, step: step % steps, row: index % batchSize, size: imageSize,
          tokenizer: tokenizer, policy: settings.policy, prepare)
      }
    }
  }

  deinit { rows.cancel() }

  /// The position after the batches delivered so far: what a checkpoint has to keep.
  public var position: TrainingPosition {
    let steps = state.withLock(\.delivered) + first.epoch * sampler.stepsPerEpoch + first.step
    return TrainingPosition(
      epoch: steps / sampler.stepsPerEpoch, step: steps % sampler.stepsPerEpoch)
  }

  /// Seconds that ``next()`` has taken so far: the data time of the run.
  public var dataSeconds: Double { state.withLock(\.seconds) }

  /// The next batch, or nil after the last.
  ///
  /// Blocks until it is there; for one caller at a time.
  ///
  /// - Throws: ``DataError`` and what preparing a picture threw.
  public func next() throws -> SampleBatch? {
    let start = ContinuousClock.now
    let place = position
    let rowBytes = imageSize * imageSize * 3
    var batch: [SampleBatch.Row] = []
    batch.reserveCapacity(sampler.batchSize)
    var images: [UInt8] = []
    images.reserveCapacity(sampler.batchSize * rowBytes)
    while batch.count < sampler.batchSize {
      guard let row = try rows.next()?.get() else { return nil }
      images += row.pixels
      batch.append(row.content)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.withLock {
      $0.delivered += 1
      $0.seconds += seconds
    }
    return try SampleBatch(
      batch, at: place, source: samples.source, imageSize: imageSize, images: images,
      seconds: seconds)
  }
}

extension BatchLoader {
  /// Squashes pictures to the model's size, as in evaluation.
  public static func preparation(_ preprocessor: ImagePreprocessor) -> Preparation {
    { data, _ in try preprocessor(data) }
  }

  /// Crops, mirrors and alters pictures at random, as in training.
  public static func preparation(_ augmentation: ImageAugmentation) -> Preparation {
    { data, random in try augmentation(data, using: &random) }
  }
}

/// Keeps the orders of the current and the next epoch.
private final class EpochOrders: Sendable {
  private let sampler: EpochSampler
  private let keys: DuplicateKeys?
  private let orders = Mutex<[Int: EpochOrder]>([:])

  init(_ sampler: EpochSampler, _ keys: DuplicateKeys?) {
    self.sampler = sampler
    self.keys = keys
  }

  func order(of epoch: Int) -> EpochOrder {
    orders.withLock { orders in
      if let order = orders[epoch] { return order }
      let order = sampler.order(epoch: epoch, spreading: keys)
      orders = orders.filter { $0.key >= epoch - 1 }
      orders[epoch] = order
      return order
    }
  }
}

/// One prepared sample.
private struct Row: Sendable {
  let content: SampleBatch.Row
  let pixels: [UInt8]

  /// How many samples are tried in the place of a broken one.
  private static let attempts = 16

  init(
    _ samples: any SampleSource, _ order: EpochOrder, step: Int, row: Int, size: Int,
    tokenizer: any Tokenizer, policy: DamagePolicy, _ prepare: BatchLoader.Preparation
  ) throws {
    let meant = order.pair(at: step, row: row)
    var index = meant
    var firstFailure: String?
    for attempt in 1... {
      do {
        var random = order.random(of: row, at: step)
        let sample = try samples.sample(at: index, using: &random)
        var key: UInt64?
        var pixels: [UInt8] = []
        var damage: String?
        if let id = sample.imageID {
          let data = try samples.imageData(for: id)
          key = StableHash.hash(data)
          let image = try Self.prepared(data, id, samples.source, size, &random, prepare)
          pixels = image.pixels
          damage = image.warning.map { "picture \(id): \($0)" }
        }
        content = SampleBatch.Row(
          index: index, sample: sample, imageKey: key, tokenizer: tokenizer,
          replaced: firstFailure.map { (meant, $0) }, damage: damage)
        self.pixels = pixels
        return
      } catch {
        guard policy == .skip, attempt < Self.attempts else { throw error }
        firstFailure = firstFailure ?? "\(error)"
        index = (index + 1) % samples.count
      }
    }
    throw DataError.invalidSetting("\(samples.source) has no samples.")
  }

  private static func prepared(
    _ data: Data, _ id: Int64, _ source: String, _ size: Int,
    _ random: inout AugmentationRandom, _ prepare: BatchLoader.Preparation
  ) throws -> RGBImage {
    let image: RGBImage
    do { image = try prepare(data, &random) } catch {
      throw DataError.brokenImage(id: id, source: source, reason: "\(error)")
    }
    guard image.width == size, image.height == size else {
      throw DataError.invalidSetting(
        "Pictures of \(size) × \(size) pixels were asked for, \(image.width) × \(image.height) came."
      )
    }
    return image
  }
}
