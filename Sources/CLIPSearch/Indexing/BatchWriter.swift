import CLIPImages
import CLIPModels
import Foundation
import GRDB

/// Writes what reading a batch of files came to, in one transaction.
struct BatchWriter {
  let library: PictureLibrary
  let model: any EmbeddingModel
  let source: String?

  /// - Parameters:
  ///   - batch: What is to be written.
  ///   - vectors: Unit vectors of the new pictures in their order; `nil` where the model gave
  ///     something that is no direction.
  ///   - report: Takes the counts, if all was written.
  /// - Throws: ``SearchError``; then nothing was written.
  func write(
    _ batch: [PreparedPicture], vectors: [[Float]?], report: inout IndexReport
  ) throws {
    guard !batch.isEmpty else { return }
    let before = report
    report = try library.database.write { database in
      var report = before
      let number = try library.adopt(model, source: source, in: database)
      let revision = try LibraryHead.nextRevision(database)
      var remaining = vectors[...]
      for picture in batch {
        switch picture {
        case .known(let id, let file):
          try touch(id, file, database)
          report.unchanged += 1
        case .moved(let id, let entry):
          // Of several copies that appear at once the first takes the picture's place.
          if try isGone(id, database) {
            try move(id, to: entry, database, &report)
          } else {
            try save(entry, number, revision, database, &report)
          }
        case .copy(let entry):
          try save(entry, number, revision, database, &report)
        case .new(var entry, let image):
          guard let vector = remaining.popFirst() ?? nil else {
            let file = PictureLister.File(path: entry.path, status: entry.status)
            try fail(file, "the model gave no usable vector for it", database, &report)
            continue
          }
          entry.vector = vector
          try save(entry, number, revision, database, &report)
          if let warning = image.warning {
            report.warnings.append(IndexFailure(path: entry.path, reason: warning))
          }
        case .failure(let file, let reason):
          try fail(file, reason, database, &report)
        }
      }
      return report
    }
  }

  private func save(
    _ entry: CatalogueEntry, _ model: Int64, _ revision: Int64, _ database: Database,
    _ report: inout IndexReport
  ) throws {
    let isKnown =
      try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM pictures WHERE path = ?)",
        arguments: [entry.path]) ?? false
    try entry.save(database, model: model, revision: revision)
    if isKnown { report.changed += 1 } else { report.added += 1 }
  }

  private func touch(_ id: Int64, _ file: PictureLister.File, _ database: Database) throws {
    try database.execute(
      sql: "UPDATE pictures SET size = ?, modified = ? WHERE id = ?",
      arguments: [file.status.size, file.status.modified, id])
  }

  private func isGone(_ id: Int64, _ database: Database) throws -> Bool {
    let path = try String.fetchOne(
      database, sql: "SELECT path FROM pictures WHERE id = ?", arguments: [id])
    return path.map(library.database.isGone) ?? false
  }

  /// The picture keeps its number and all that is known of it.
  ///
  /// If something else was known by the new path, its contents are gone.
  private func move(
    _ id: Int64, to file: CatalogueEntry, _ database: Database, _ report: inout IndexReport
  ) throws {
    let overwritten = try Int64.fetchAll(
      database, sql: "SELECT id FROM pictures WHERE path = ? AND id <> ?",
      arguments: [file.path, id])
    try PictureLibrary.remove(overwritten, in: database)
    let (folder, name) = Paths.split(file.path)
    try database.execute(
      sql: """
        UPDATE pictures SET path = ?, folder = ?, name = ?, size = ?, modified = ? WHERE id = ?
        """,
      arguments: [file.path, folder, name, file.status.size, file.status.modified, id])
    try database.execute(sql: "DELETE FROM failures WHERE path = ?", arguments: [file.path])
    report.moved += 1
  }

  private func fail(
    _ file: PictureLister.File, _ reason: String, _ database: Database,
    _ report: inout IndexReport
  ) throws {
    // What was known by this path is not what the file holds now.
    let outdated = try Int64.fetchAll(
      database, sql: "SELECT id FROM pictures WHERE path = ?", arguments: [file.path])
    try PictureLibrary.remove(outdated, in: database)
    report.removed += outdated.count
    try database.execute(
      sql: """
        INSERT INTO failures (path, size, modified, reason) VALUES (?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified,
          reason = excluded.reason
        """, arguments: [file.path, file.status.size, file.status.modified, reason])
    report.failures.append(IndexFailure(path: file.path, reason: reason))
  }
}
