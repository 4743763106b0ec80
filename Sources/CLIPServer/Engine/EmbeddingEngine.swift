public import CLIPImages
public import CLIPSearch
import CoreMetrics
public import Foundation
import Synchronization

/// The one caller of the model in a server: requests wait in bounded queues, are gathered into
/// batches and run on one thread, texts and pictures in turn; texts that were asked for lately are
/// answered at once.
///
/// It is an `EmbeddingModel` itself, so the library searches through it like through any model.
public final class EmbeddingEngine: EmbeddingModel {
  /// How much may wait, and how long.
  public struct Limits: Sendable {
    /// Texts that may wait for the model.
    public var waitingTexts = 1024
    /// Pictures that may wait for the model.
    public var waitingPictures = 64
    /// Requests that may wait until their picture is decoded.
    public var waitingDecodes = 256
    /// Pixels of a picture that comes with a request; larger ones are refused undecoded.
    public var pixels = 64_000_000
    /// Texts in one forward pass.
    public var textBatch = 32
    /// Pictures in one forward pass.
    public var pictureBatch = 8
    /// How long an idle model waits for company for a request, in seconds.
    public var gatheringTime = 0.001
    /// How long a request may wait for the model before it is answered with 503, in seconds.
    public var patience = 10.0
    /// Bytes of texts with their vectors that are kept.
    public var cachedBytes = 32 << 20

    /// The values above.
    public init() {}
  }

  private let model: any EmbeddingModel
  private let texts: BatchQueue<String, [Float]>
  private let pictures: BatchQueue<RGBImage, [Float]>
  private let limits: Limits
  /// Everything that decodes pictures waits here.
  package let decoding: BoundedThreads
  private let cache: Mutex<LeastRecentlyUsedCache<String, [Float]>>
  private let metrics: ServerMetrics

  /// An engine around `model`.
  package init(model: any EmbeddingModel, limits: Limits, metrics: ServerMetrics) {
    self.model = model
    self.metrics = metrics
    self.limits = limits
    cache = Mutex(LeastRecentlyUsedCache(byteLimit: limits.cachedBytes))
    // Each takes the memory of a whole picture, so not one for every core of a large machine.
    decoding = BoundedThreads(
      label: "cnclip.decode", count: min(8, ProcessInfo.processInfo.activeProcessorCount),
      capacity: limits.waitingDecodes, patience: .seconds(limits.patience))
    let threads = DedicatedThreads(serial: "cnclip.model")
    let dimension = model.embeddingDimension
    texts = BatchQueue(
      capacity: limits.waitingTexts, batchSize: limits.textBatch,
      gatheringTime: .seconds(limits.gatheringTime), patience: .seconds(limits.patience),
      threads: threads
    ) { batch in
      metrics.textBatch.record(batch.count)
      return try await metrics.textInference.time {
        // Equal texts of one batch need one row only.
        let unique = Array(Set(batch))
        let rows = Self.rows(of: try await model.textVectors(unique), dimension: dimension)
        let places = Dictionary(uniqueKeysWithValues: zip(unique, rows))
        return batch.compactMap { places[$0] }
      }
    }
    pictures = BatchQueue(
      capacity: limits.waitingPictures, batchSize: limits.pictureBatch,
      gatheringTime: .seconds(limits.gatheringTime), patience: .seconds(limits.patience),
      threads: threads
    ) { batch in
      metrics.pictureBatch.record(batch.count)
      return try await metrics.pictureInference.time {
        Self.rows(of: try await model.imageVectors(batch), dimension: dimension)
      }
    }
  }

  /// The name of the model behind.
  public var name: String { model.name }
  /// The fingerprint of the model behind.
  public var fingerprint: String { model.fingerprint }
  /// The length of every vector.
  public var embeddingDimension: Int { model.embeddingDimension }
  /// The model's multiplier of cosines.
  public var logitScale: Float { model.logitScale }
  /// Texts and pictures that wait for the model.
  public var waitingCount: Int { texts.waitingCount + pictures.waitingCount }

  /// Decodes a picture on the calling thread, if it has not more pixels than allowed.
  public func preprocess(_ picture: Data) throws -> RGBImage {
    _ = try ImageDecoder(maximumPixels: limits.pixels).header(of: picture)
    return try model.preprocess(picture)
  }

  /// Embeds preprocessed pictures, together with those of other callers.
  public func imageVectors(_ images: [RGBImage]) async throws -> [Float] {
    Array(try await pictures.submit(images).joined())
  }

  /// Embeds texts, from the cache or together with those of other callers.
  public func textVectors(_ texts: [String]) async throws -> [Float] {
    let known = cache.withLock { cache in texts.map { cache.value(for: $0) } }
    let missing = zip(texts, known).filter { $0.1 == nil }.map(\.0)
    metrics.cachedTexts.increment(by: texts.count - missing.count)
    guard !missing.isEmpty else { return Array(known.compactMap(\.self).joined()) }
    let made = try await self.texts.submit(missing)
    cache.withLock { cache in
      for (text, vector) in zip(missing, made) {
        // A hundred bytes for the cache's own tables.
        cache.insert(vector, for: text, bytes: text.utf8.count + 4 * vector.count + 100)
      }
    }
    var next = made.makeIterator()
    return Array(known.compactMap { $0 ?? next.next() }.joined())
  }

  /// Decodes the bytes of picture files on threads of their own and embeds them.
  ///
  /// - Returns: One vector a picture, not normalised.
  package func vectors(ofPictures pictures: [Data]) async throws -> [[Float]] {
    guard self.pictures.waitingCount < limits.waitingPictures else {
      throw ServerError.busy(retryAfter: 1)
    }
    let images = try await metrics.pictureDecoding.time {
      try await withThrowingTaskGroup(of: (Int, RGBImage).self) { group in
        for (index, picture) in pictures.enumerated() {
          group.addTask { [decoding] in
            (index, try await decoding.run { try self.decode(picture) })
          }
        }
        var images = [RGBImage?](repeating: nil, count: pictures.count)
        for try await (index, image) in group { images[index] = image }
        return images.compactMap(\.self)
      }
    }
    return try await self.pictures.submit(images)
  }

  private func decode(_ picture: Data) throws -> RGBImage {
    do {
      return try preprocess(picture)
    } catch {
      throw ServerError.unreadablePicture(reason: "\(error)")
    }
  }

  private static func rows(of values: [Float], dimension: Int) -> [[Float]] {
    guard dimension > 0 else { return [] }
    return stride(from: 0, to: values.count - values.count % dimension, by: dimension).map {
      Array(values[$0..<$0 + dimension])
    }
  }
}
