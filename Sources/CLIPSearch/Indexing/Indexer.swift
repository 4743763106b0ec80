import CLIPImages
import CLIPModels
import Foundation
import GRDB

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

  /// Reads one batch while the one before it is embedded and written.
  private func embed(
    _ files: [PictureLister.File], preparer: PicturePreparer, report: inout IndexReport,
    progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws {
    func batch(_ start: Int) -> [PictureLister.File] {
      Array(files[min(start, files.count)..<min(start + options.batchSize, files.count)])
    }
    var start = 0
    var prepared = try await prepare(batch(0), preparer)
    while start < files.count {
      try Task.checkCancellation()
      let following = batch(start + options.batchSize)
      async let next = prepare(following, preparer)
      try await finish(prepared, model: preparer.model, report: &report)
      start += options.batchSize
      progress(
        IndexProgress(
          stage: .embedding, completed: min(start, files.count), total: files.count,
          failures: report.failures.count))
      prepared = try await next
    }
  }

  private func prepare(
    _ files: [PictureLister.File], _ preparer: PicturePreparer
  ) async throws -> [PreparedPicture] {
    guard !files.isEmpty else { return [] }
    return try await offloaded { preparer.prepare(files) }
  }

  /// Embeds what is new in a batch and writes all of it.
  private func finish(
    _ batch: [PreparedPicture], model: any EmbeddingModel, report: inout IndexReport
  ) async throws {
    let images = batch.compactMap { if case .new(_, let image) = $0 { image } else { nil } }
    var vectors: ArraySlice<[Float]> = []
    if !images.isEmpty {
      vectors = try Rows.split(try await model.imageVectors(images), model: model)[...]
    }
    let units = vectors.map { UnitVector.of($0) }
    try BatchWriter(library: library, model: model, source: options.modelSource)
      .write(batch, vectors: units, report: &report)
  }
}
