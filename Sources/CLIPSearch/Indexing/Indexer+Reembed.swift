import CLIPImages
public import CLIPModels
import Foundation
import Threads

extension Indexer {
  /// Changes the library's model: embeds every picture and caption anew.
  ///
  /// Searches go on with the old model until all is done; then the library changes over in one
  /// step. A run that was stopped is continued by the next with the same model.
  ///
  /// - Parameters:
  ///   - model: The new model.
  ///   - progress: Called after each batch.
  /// - Returns: What was done; `changed` counts the pictures that were embedded in this run, and
  ///   `failures` are pictures that have no vector from now on because their files are gone.
  /// - Throws: ``SearchError``, and what the model throws.
  public func reembed(
    with model: any EmbeddingModel, progress: @escaping @Sendable (IndexProgress) -> Void = { _ in }
  ) async throws -> IndexReport {
    let start = ContinuousClock.now
    var change = ModelChange(
      store: library.store, model: model, options: options, progress: progress)
    let stored = StoredModel(model, source: options.modelSource)
    var report = try await Self.onOneThread {
      do {
        if try await library.store.beginReembedding(with: stored) {
          try await change.embedPictures()
          try await change.embedCaptions()
        }
      } catch is CancellationError {
        change.report.cancelled = true
      }
      return change.report
    }
    if !report.cancelled {
      try await library.store.finishReembedding(with: stored)
      try await library.use(model)
      try await library.compact()
    }
    report.failures.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }
}

/// Embeds what has no vector of the new model yet.
private struct ModelChange {
  /// Pictures that are asked for at a time.
  private static let portion = 1024

  let store: any PictureStore
  let model: any EmbeddingModel
  let options: IndexOptions
  let progress: @Sendable (IndexProgress) -> Void
  var report = IndexReport()

  /// Pictures in order of their numbers; those that come in meanwhile have greater numbers, and are
  /// taken in the next round.
  mutating func embedPictures() async throws {
    let statistics = try await store.statistics()
    let before = statistics.reembedding?.done ?? 0
    var last: Int64 = 0
    while case let waiting = try await store.waiting(
      for: .picture, after: last, limit: Self.portion), let end = waiting.last
    {
      let pipeline = OrderedPipeline(count: waiting.count, window: options.window) {
        [model] index in Self.read(waiting[index], for: model)
      }
      defer { pipeline.cancel() }
      var left = waiting[...]
      while !left.isEmpty {
        let images = await pipeline.next(options.batchSize)
        try Task.checkCancellation()
        try await write(left.prefix(images.count), images)
        left = left.dropFirst(images.count)
        let done = before + report.changed + report.failures.count
        progress(
          IndexProgress(
            stage: .embedding, completed: min(done, statistics.pictures),
            total: statistics.pictures, failures: report.failures.count))
      }
      last = end.id
    }
  }

  private static func read(
    _ picture: Picture, for model: any EmbeddingModel
  ) -> Result<RGBImage, any Error> {
    Result { try model.preprocess(try PictureFile.read(picture.path)) }
  }

  private mutating func write(
    _ pictures: ArraySlice<Picture>, _ images: [Result<RGBImage, any Error>]
  ) async throws {
    var vectors = try await Indexer.vectors(
      of: images.compactMap { try? $0.get() }, by: model)[...]
    var changes: [StoreChange] = []
    var failures: [(id: Int64, failure: IndexFailure)] = []
    for (picture, image) in zip(pictures, images) {
      func fail(_ reason: String) {
        failures.append((picture.id, IndexFailure(path: picture.path, reason: reason)))
      }
      switch image {
      case .success:
        if let vector = vectors.popFirst() ?? nil {
          changes.append(.pendingVector(vector, .picture, of: picture.id))
        } else {
          fail("the model gave no usable vector for it")
        }
      case .failure(let error): fail("\(error)")
      }
    }
    report.changed += try await write(changes)
    // One that was deleted meanwhile is no failure.
    let there = Set(try await store.pictures(failures.map(\.id)).map(\.id))
    report.failures += failures.filter { there.contains($0.id) }.map(\.failure)
  }

  /// - Returns: How many vectors were written; the others' pictures have been deleted meanwhile.
  private func write(_ changes: [StoreChange]) async throws -> Int {
    guard !changes.isEmpty else { return 0 }
    let written = try await store.write(changes, by: nil).count { $0 == .done }
    if written == 0 {
      guard try await store.head().pending?.fingerprint == model.fingerprint else {
        throw SearchError.database(
          folder: store.name, reason: "another process has given up its change of model")
      }
    }
    return written
  }

  mutating func embedCaptions() async throws {
    while case let batch = try await store.waiting(for: .caption, after: 0, limit: 256),
      !batch.isEmpty
    {
      try Task.checkCancellation()
      let captions = batch.map { $0.caption ?? "" }
      let rows = try Rows.split(try await model.embeddings(of: captions), model: model)
      _ = try await write(
        zip(batch, rows).map { picture, row in
          guard let unit = UnitVector.of(row) else {
            throw SearchError.invalidVector(what: "The caption '\(picture.caption ?? "")'")
          }
          return .pendingVector(unit, .caption, of: picture.id)
        })
    }
  }
}
