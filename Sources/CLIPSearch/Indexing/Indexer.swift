import CLIPImages
import CLIPModels
import Foundation
import Threads

/// Keeps a library in step with folders of pictures.
///
/// Each batch is written as one, so that a run may be killed at any moment: the next run goes on
/// behind the last batch. Several processes may index the same folders at once; a path is only ever
/// in the library once.
public struct Indexer: Sendable {
  let library: PictureLibrary
  let options: IndexOptions

  /// An indexer for a library that has a model.
  public init(_ library: PictureLibrary, options: IndexOptions = IndexOptions()) {
    self.library = library
    self.options = options
  }

  /// Takes new and changed pictures in, notices moved ones, and takes out those that are gone.
  ///
  /// - Parameters:
  ///   - paths: Folders, or single files.
  ///   - progress: Called after each batch, from one task.
  /// - Returns: What was done. When the task is cancelled, the report says so, and what was done
  ///   until then is kept.
  /// - Throws: ``SearchError``, and what the model throws. A file that cannot be read is no reason
  ///   to throw; it is in the report.
  public func run(
    _ paths: [String], progress: @escaping @Sendable (IndexProgress) -> Void = { _ in }
  ) async throws -> IndexReport {
    let model = try library.requireModel(for: "Indexing")
    guard (1...4096).contains(options.batchSize) else {
      throw SearchError.invalidArgument(
        name: "the batch size", value: "\(options.batchSize)", allowed: "1 to 4096")
    }
    return try await Self.onOneThread {
      try await index(paths.map(Paths.absolute), model, progress)
    }
  }

  /// Runs a whole run on a thread of its own.
  ///
  /// On one, not on some: each thread that calls the network keeps a team of workers that wait by
  /// spinning, and two teams hold each other up.
  static func onOneThread<Value>(_ body: () async throws -> Value) async throws -> Value {
    let thread = DedicatedThreads(serial: "cnclip.index")
    return try await withTaskExecutorPreference(thread) { try await body() }
  }

  private func index(
    _ paths: [String], _ model: any EmbeddingModel,
    _ progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws -> IndexReport {
    let start = ContinuousClock.now
    let store = library.store
    try await store.write(
      paths.map { .allow(folder: $0) }, by: StoredModel(model, source: options.modelSource))
    var report = IndexReport()
    do {
      let inventory = FolderInventory(library: library, options: options)
      let found = try await inventory.take(paths, report: &report, progress: progress)
      // What lies behind a link in a folder is handed out as the folder's own files are.
      try await store.write(found.followedLinks.map { .allow(folder: $0) }, by: nil)
      try await embed(found.work, by: model, report: &report, progress: progress)
      try await inventory.remove(found.missing, report: &report)
    } catch is CancellationError {
      report.cancelled = true
    }
    report.failures.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    try await store.compact()
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// Reads files ahead on all cores while what was read before is embedded and written.
  private func embed(
    _ files: [PictureLister.File], by model: any EmbeddingModel, report: inout IndexReport,
    progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws {
    let preparer = PicturePreparer(store: library.store, model: model)
    let writer = BatchWriter(
      store: library.store, model: StoredModel(model, source: options.modelSource))
    let pipeline = OrderedPipeline(count: files.count, window: options.window) {
      await preparer.prepare(files[$0])
    }
    defer { pipeline.cancel() }
    var done = 0
    while done < files.count {
      let batch = await pipeline.next(options.batchSize)
      try Task.checkCancellation()
      let images = batch.compactMap { if case .new(_, let image) = $0 { image } else { nil } }
      let vectors = try await Self.vectors(of: images, by: model)
      try await writer.write(batch, vectors: vectors, report: &report)
      done += batch.count
      progress(
        IndexProgress(
          stage: .embedding, completed: done, total: files.count,
          failures: report.failures.count))
    }
  }

  /// Unit vectors of pictures; `nil` where the model gave something that is no direction.
  static func vectors(
    of images: [RGBImage], by model: any EmbeddingModel
  ) async throws -> [[Float]?] {
    guard !images.isEmpty else { return [] }
    return try Rows.split(try await model.embeddings(of: images), model: model)
      .map { UnitVector.of($0) }
  }
}

extension IndexOptions {
  /// Pictures that may be read ahead: enough that one that is slow to decode holds nothing up.
  var window: Int { batchSize + 64 }
}
