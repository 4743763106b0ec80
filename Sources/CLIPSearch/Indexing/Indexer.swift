import CLIPImages
import CLIPModels
import Foundation
import GRDB
import Threads

/// Keeps a library in step with folders of pictures.
///
/// Each batch is written in one transaction, so that a run may be killed at any moment: the next
/// run goes on behind the last batch. Several processes may index the same folders at once; a path
/// is only ever in the library once.
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
    let start = ContinuousClock.now
    let model = try library.requireModel(for: "Indexing")
    guard (1...4096).contains(options.batchSize) else {
      throw SearchError.invalidArgument(
        name: "the batch size", value: "\(options.batchSize)", allowed: "1 to 4096")
    }
    let paths = paths.map(Paths.absolute)
    let modelNumber = try library.database.write {
      try PictureLibrary.rememberFolders(paths, in: $0)
      return try library.adopt(model, source: options.modelSource, in: $0)
    }
    var report = IndexReport()
    do {
      let inventory = try FolderInventory(library: library, options: options)
        .take(paths, report: &report, progress: progress)
      // What lies behind a link in a folder is handed out as the folder's own files are.
      try library.database.write {
        try PictureLibrary.rememberFolders(inventory.followedLinks, in: $0)
      }
      let preparer = PicturePreparer(library: library, model: model, modelNumber: modelNumber)
      try await embed(inventory.work, preparer: preparer, report: &report, progress: progress)
      try library.database.write { try inventory.removeMissing($0, &report) }
    } catch is CancellationError {
      report.cancelled = true
    }
    report.failures.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    try library.compact()
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// Reads files ahead on all cores while what was read before is embedded and written.
  private func embed(
    _ files: [PictureLister.File], preparer: PicturePreparer, report: inout IndexReport,
    progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws {
    let pipeline = OrderedPipeline(count: files.count, window: options.window) {
      preparer.prepare(files[$0])
    }
    defer { pipeline.cancel() }
    var done = 0
    while done < files.count {
      try Task.checkCancellation()
      let batch = await pipeline.next(options.batchSize)
      try Task.checkCancellation()
      try await finish(batch, model: preparer.model, report: &report)
      done += batch.count
      progress(
        IndexProgress(
          stage: .embedding, completed: done, total: files.count,
          failures: report.failures.count))
    }
  }

  /// Embeds what is new in a batch and writes all of it.
  private func finish(
    _ batch: [PreparedPicture], model: any EmbeddingModel, report: inout IndexReport
  ) async throws {
    let images = batch.compactMap { if case .new(_, let image) = $0 { image } else { nil } }
    var vectors: ArraySlice<[Float]> = []
    if !images.isEmpty {
      vectors = try Rows.split(try await model.embeddings(of: images), model: model)[...]
    }
    let units = vectors.map { UnitVector.of($0) }
    try BatchWriter(library: library, model: model, source: options.modelSource)
      .write(batch, vectors: units, report: &report)
  }
}

extension IndexOptions {
  /// Pictures that may be read ahead: enough that one that is slow to decode holds nothing up.
  var window: Int { batchSize + 64 }
}
