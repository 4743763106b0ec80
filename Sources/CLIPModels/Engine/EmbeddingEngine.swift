public import CLIPImages
public import Foundation
import Synchronization
import Threads

/// The one caller of a model that many tasks use, as in a server: requests wait in bounded queues,
/// are gathered into batches and run on one thread, texts and pictures in turn; texts that were
/// asked for lately are answered at once.
///
/// ```swift
/// let engine = EmbeddingEngine(model: try CLIP.embedded())
/// let queries = try await engine.embeddings(of: ["一只猫"])  // from as many tasks as you like
/// ```
///
/// It is an ``EmbeddingModel`` itself, so what takes a model takes an engine. A task that is
/// cancelled while it waits gets `CancellationError`, and nothing is computed for it.
public final class EmbeddingEngine: EmbeddingModel {
  /// What an engine has done, for who counts it.
  public enum Event: Sendable {
    /// So many texts went through the model together, or failed to.
    case embeddedTexts(Int, in: Duration)
    /// So many pictures went through the model together, or failed to.
    case embeddedPictures(Int, in: Duration)
    /// So many pictures of one request were decoded, or failed to be; their waiting counts.
    case decodedPictures(Int, in: Duration)
    /// So many texts needed no model.
    case answeredFromCache(texts: Int)
  }

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
    /// How long a request may wait for the model before it is sent away, in seconds.
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
  private let report: @Sendable (Event) -> Void

  /// An engine around `model`, which nobody else should call then.
  ///
  /// - Parameters:
  ///   - model: computes.
  ///   - limits: how much may wait, and how long.
  ///   - report: is told what was done; called on the engine's threads.
  public init(
    model: any EmbeddingModel, limits: Limits = Limits(),
    report: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.model = model
    self.report = report
    self.limits = limits
    cache = Mutex(LeastRecentlyUsedCache(byteLimit: limits.cachedBytes))
    // Each takes the memory of a whole picture, so not one for every core of a large machine.
    decoding = BoundedThreads(
      label: "cnclip.decode", count: min(8, ProcessInfo.processInfo.activeProcessorCount),
      capacity: limits.waitingDecodes, patience: .seconds(limits.patience))
    let threads = DedicatedThreads(serial: "cnclip.model")
    texts = BatchQueue(
      capacity: limits.waitingTexts, batchSize: limits.textBatch,
      gatheringTime: .seconds(limits.gatheringTime), patience: .seconds(limits.patience),
      threads: threads
    ) { batch in
      try await Self.timed {
        // Equal texts of one batch need one row only.
        let unique = Array(Set(batch))
        let rows = try await model.embeddings(of: unique)
        let vectors = Dictionary(uniqueKeysWithValues: zip(unique, rows.map(Array.init)))
        return batch.compactMap { vectors[$0] }
      } report: {
        report(.embeddedTexts(batch.count, in: $0))
      }
    }
    pictures = BatchQueue(
      capacity: limits.waitingPictures, batchSize: limits.pictureBatch,
      gatheringTime: .seconds(limits.gatheringTime), patience: .seconds(limits.patience),
      threads: threads
    ) { batch in
      try await Self.timed {
        try await model.embeddings(of: batch).map(Array.init)
      } report: {
        report(.embeddedPictures(batch.count, in: $0))
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
  /// What the model adds to multiplied cosines.
  public var logitBias: Float? { model.logitBias }
  /// Texts and pictures that wait for the model.
  public var waitingCount: Int { texts.waitingCount + pictures.waitingCount }

  /// Decodes a picture on the calling thread, if it has not more pixels than allowed.
  public func preprocess(_ picture: Data) throws -> RGBImage {
    _ = try ImageDecoder(maximumPixels: limits.pixels).header(of: picture)
    return try model.preprocess(picture)
  }

  /// The same with what the file says about itself.
  public func inspect(_ picture: Data) throws -> (image: RGBImage, source: ImageSource?) {
    _ = try ImageDecoder(maximumPixels: limits.pixels).header(of: picture)
    return try model.inspect(picture)
  }

  /// Embeds preprocessed pictures, together with those of other callers.
  ///
  /// - Parameter images: pictures of ``preprocess(_:)``; more than may wait go in portions.
  /// - Returns: one row for each picture, in their order.
  /// - Throws: ``ModelError/busy(retryAfter:)`` when too much waits, or for too long; what the model
  ///   throws; `CancellationError`.
  public func embeddings(of images: [RGBImage]) async throws -> Embeddings {
    rows(try await submit(images, to: pictures, limit: limits.waitingPictures))
  }

  /// Embeds texts, from the cache or together with those of other callers.
  ///
  /// - Parameter texts: any number; more than may wait go in portions.
  /// - Returns: one row for each text, in their order.
  /// - Throws: as ``embeddings(of:)-([RGBImage])``.
  public func embeddings(of texts: [String]) async throws -> Embeddings {
    let known = cache.withLock { cache in texts.map { cache.value(for: $0) } }
    let missing = zip(texts, known).filter { $0.1 == nil }.map(\.0)
    report(.answeredFromCache(texts: texts.count - missing.count))
    let made = try await submit(missing, to: self.texts, limit: limits.waitingTexts)
    cache.withLock { cache in
      for (text, vector) in zip(missing, made) {
        // A hundred bytes for the cache's own tables.
        cache.insert(vector, for: text, bytes: text.utf8.count + 4 * vector.count + 100)
      }
    }
    var next = made.makeIterator()
    return rows(known.compactMap { $0 ?? next.next() })
  }

  /// Decodes picture files on threads of their own, a few at a time, and embeds them.
  ///
  /// - Parameter files: the bytes of each.
  /// - Returns: one row for each file, in their order.
  /// - Throws: ``ModelError/unreadablePicture(reason:)``, also for one of more pixels than
  ///   ``Limits/pixels``; else as ``embeddings(of:)-([RGBImage])``.
  public func embeddings(of files: [Data]) async throws -> Embeddings {
    // Before any work that would be for nothing.
    guard pictures.waitingCount < limits.waitingPictures else {
      throw ModelError.busy(retryAfter: 1)
    }
    let images = try await Self.timed {
      try await withThrowingTaskGroup(of: (Int, RGBImage).self) { group in
        for (index, file) in files.enumerated() {
          group.addTask { [decoding] in
            (index, try await decoding.run { try self.decode(file) })
          }
        }
        var images = [RGBImage?](repeating: nil, count: files.count)
        for try await (index, image) in group { images[index] = image }
        return images.compactMap(\.self)
      }
    } report: {
      report(.decodedPictures(files.count, in: $0))
    }
    return try await embeddings(of: images)
  }

  private func decode(_ picture: Data) throws -> RGBImage {
    do {
      return try preprocess(picture)
    } catch {
      throw ModelError.unreadablePicture(reason: "\(error)")
    }
  }

  /// In portions, so that a long list neither fails for its length nor keeps all others out.
  private func submit<Item>(
    _ items: [Item], to queue: BatchQueue<Item, [Float]>, limit: Int
  ) async throws -> [[Float]] {
    let portion = max(1, limit / 4)
    var vectors: [[Float]] = []
    for start in stride(from: 0, to: items.count, by: portion) {
      vectors += try await queue.submit(Array(items[start..<min(start + portion, items.count)]))
    }
    return vectors
  }

  private func rows(_ vectors: [[Float]]) -> Embeddings {
    Embeddings(dimension: embeddingDimension, values: Array(vectors.joined()))
  }

  /// Does some work and reports how long it took, also when it throws.
  private static func timed<Value>(
    _ work: () async throws -> Value, report: (Duration) -> Void
  ) async throws -> Value {
    let start = ContinuousClock.now
    defer { report(ContinuousClock.now - start) }
    return try await work()
  }
}
