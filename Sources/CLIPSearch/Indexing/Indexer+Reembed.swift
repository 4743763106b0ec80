import CLIPImages
public import CLIPModels
import Foundation
import GRDB
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
    var report = IndexReport()
    let number = try begin(model)
    if let number {
      do {
        try await embedAll(model, number, &report, progress)
        try await embedCaptions(model, number)
        try changeOver(to: number)
      } catch is CancellationError {
        report.cancelled = true
      }
    }
    if !report.cancelled {
      try removeUnusedModels()
      try library.use(model)
      try library.compact()
    }
    report.failures.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// - Returns: The new model's number; `nil` if the library has that model already.
  private func begin(_ model: any EmbeddingModel) throws -> Int64? {
    try library.database.write { database in
      let head = try LibraryHead.fetch(database)
      guard let current = head?.model else {
        throw SearchError.emptyLibrary(folder: library.folder)
      }
      if let pending = head?.pending {
        guard pending.fingerprint == model.fingerprint else {
          throw SearchError.otherReembedding(
            folder: library.folder, pending: pending.title,
            offered: "'\(model.name)' (\(model.fingerprint.prefix(12)))")
        }
        return pending.id
      }
      guard current.fingerprint != model.fingerprint else { return nil }
      let number = try PictureLibrary.register(
        model, source: options.modelSource, in: database)
      try database.execute(sql: "UPDATE library SET pending_model_id = ?", arguments: [number])
      return number
    }
  }

  /// Embeds the pictures that have no vector of the new model yet, in order of their numbers.
  private func embedAll(
    _ model: any EmbeddingModel, _ number: Int64, _ report: inout IndexReport,
    _ progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws {
    var last: Int64 = 0
    let total = try library.database.read {
      try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM pictures") ?? 0
    }
    while true {
      try Task.checkCancellation()
      // Pictures that come in meanwhile have greater numbers, and are taken in the next round.
      let waiting = try waiting(after: last, number)
      guard let end = waiting.last else { break }
      try await embed(waiting, model, number, total: total, &report, progress)
      last = end
    }
  }

  private func embed(
    _ waiting: [Int64], _ model: any EmbeddingModel, _ number: Int64, total: Int,
    _ report: inout IndexReport, _ progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws {
    let pipeline = OrderedPipeline(count: waiting.count, window: options.window) {
      [library] index in Self.prepare(waiting[index], library, model)
    }
    defer { pipeline.cancel() }
    var left = waiting.count
    while left > 0 {
      try Task.checkCancellation()
      let batch = await pipeline.next(options.batchSize)
      try Task.checkCancellation()
      left -= batch.count
      let images = batch.compactMap { try? $0.image.get() }
      let rows =
        images.isEmpty
        ? [] : try Rows.split(try await model.embeddings(of: images), model: model)
      try library.database.write { database in
        let revision = try LibraryHead.nextRevision(database)
        var remaining = rows[...]
        for picture in batch {
          switch picture.image {
          case .success:
            guard let unit = UnitVector.of(remaining.popFirst() ?? []) else {
              report.failures.append(
                IndexFailure(path: picture.path, reason: "the model gave no usable vector for it"))
              continue
            }
            // The picture may have been deleted meanwhile.
            guard
              try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM pictures WHERE id = ?)",
                arguments: [picture.id]) == true
            else { continue }
            try CatalogueEntry.save(
              unit, .picture, of: picture.id, model: number, revision: revision, database)
            report.changed += 1
          case .failure where picture.path.isEmpty: continue  // deleted meanwhile
          case .failure(let error):
            report.failures.append(IndexFailure(path: picture.path, reason: error.reason))
          }
        }
      }
      let done = try library.database.read {
        try Int.fetchOne(
          $0, sql: "SELECT COUNT(*) FROM vectors WHERE model_id = ? AND kind = 0",
          arguments: [number]) ?? 0
      }
      progress(
        IndexProgress(
          stage: .embedding, completed: min(done + report.failures.count, total), total: total,
          failures: report.failures.count))
    }
  }

  /// A picture that is to be embedded anew, as far as it could be read.
  private struct Prepared: Sendable {
    let id: Int64
    let path: String
    let image: Result<RGBImage, Unreadable>
  }

  private struct Unreadable: Error {
    let reason: String
  }

  private func waiting(after last: Int64, _ number: Int64) throws -> [Int64] {
    try library.database.read { database in
      try Int64.fetchAll(
        database,
        sql: """
          SELECT id FROM pictures WHERE id > ? AND NOT EXISTS (
            SELECT 1 FROM vectors
            WHERE picture_id = pictures.id AND model_id = ? AND kind = 0)
          ORDER BY id
          """, arguments: [last, number])
    }
  }

  private static func prepare(
    _ id: Int64, _ library: PictureLibrary, _ model: any EmbeddingModel
  ) -> Prepared {
    var path = ""
    do {
      guard let picture = try library.picture(id) else { throw SearchError.noPicture(id: id) }
      path = picture.path
      let image = try model.preprocess(try PictureFile.read(path))
      return Prepared(id: id, path: path, image: .success(image))
    } catch {
      return Prepared(id: id, path: path, image: .failure(Unreadable(reason: "\(error)")))
    }
  }

  private func embedCaptions(_ model: any EmbeddingModel, _ number: Int64) async throws {
    while true {
      try Task.checkCancellation()
      let batch = try library.database.read { database in
        try Row.fetchAll(
          database,
          sql: """
            SELECT id, caption FROM pictures WHERE caption IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM vectors
              WHERE picture_id = pictures.id AND model_id = ? AND kind = 1)
            ORDER BY id LIMIT 256
            """, arguments: [number]
        ).map { (id: $0[0] as Int64, caption: $0[1] as String) }
      }
      guard !batch.isEmpty else { return }
      let rows = try Rows.split(try await model.embeddings(of: batch.map(\.caption)), model: model)
      try library.database.write { database in
        let revision = try LibraryHead.nextRevision(database)
        for (picture, row) in zip(batch, rows) {
          guard let unit = UnitVector.of(row) else {
            throw SearchError.invalidVector(what: "The caption '\(picture.caption)'")
          }
          try CatalogueEntry.save(
            unit, .caption, of: picture.id, model: number, revision: revision, database)
        }
      }
    }
  }

  private func changeOver(to number: Int64) throws {
    try library.database.write { database in
      _ = try LibraryHead.nextRevision(database)
      try database.execute(
        sql: """
          UPDATE library SET model_id = pending_model_id, pending_model_id = NULL
          WHERE pending_model_id = ?
          """, arguments: [number])
    }
  }

  /// Vectors of models that are no longer used go in small steps, so that the log stays small.
  private func removeUnusedModels() throws {
    let unused = try library.database.read { database in
      try Int64.fetchAll(
        database,
        sql: """
          SELECT models.id FROM models, library
          WHERE models.id IS NOT model_id AND models.id IS NOT pending_model_id
          """)
    }
    for model in unused {
      var removed = 1
      while removed > 0 {
        removed = try library.database.write { database in
          try database.execute(
            sql: """
              DELETE FROM vectors WHERE id IN (
                SELECT id FROM vectors WHERE model_id = ? LIMIT 5000)
              """, arguments: [model])
          return database.changesCount
        }
      }
      try library.database.write { database in
        try database.execute(sql: "DELETE FROM prompts WHERE model_id = ?", arguments: [model])
        try database.execute(sql: "DELETE FROM models WHERE id = ?", arguments: [model])
      }
    }
  }
}

extension PictureLibrary {
  /// Gives up a change of model that has not come to its end.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func cancelReembedding() throws -> Bool {
    try database.write { database in
      guard let pending = try LibraryHead.fetch(database)?.pending else { return false }
      try database.execute(sql: "UPDATE library SET pending_model_id = NULL")
      try database.execute(sql: "DELETE FROM vectors WHERE model_id = ?", arguments: [pending.id])
      try database.execute(sql: "DELETE FROM prompts WHERE model_id = ?", arguments: [pending.id])
      try database.execute(sql: "DELETE FROM models WHERE id = ?", arguments: [pending.id])
      return true
    }
  }
}
