import CLIPImages
import Foundation
import GRDB

/// Compares folders with the catalogue: what is to be read, and what is gone.
struct FolderInventory {
  let library: PictureLibrary
  let options: IndexOptions

  /// What a comparison came to.
  struct Result {
    /// Files that are new or look changed.
    var work: [PictureLister.File] = []
    /// Numbers of pictures whose files are not there any more.
    var missing: [Int64] = []
    /// Links through which files were found.
    var followedLinks: [String] = []

    /// Takes out what is still missing: a moved picture has found its new path by now.
    func removeMissing(_ database: Database, _ report: inout IndexReport) throws {
      let gone = try missing.filter { id in
        let path = try String.fetchOne(
          database, sql: "SELECT path FROM pictures WHERE id = ?", arguments: [id])
        return path.map { access($0, F_OK) != 0 && errno == ENOENT } ?? false
      }
      try PictureLibrary.remove(gone, in: database)
      report.removed += gone.count
    }
  }

  func take(
    _ paths: [String], report: inout IndexReport, progress: @escaping (IndexProgress) -> Void
  ) throws -> Result {
    var result = Result()
    let lister = try walk(paths, &report, progress)
    result.followedLinks = lister.followedLinks
    let forgotten = try library.database.read { database in
      Set(try Data.fetchAll(database, sql: "SELECT CAST(path AS BLOB) FROM forgotten"))
    }
    for start in stride(from: 0, to: lister.files.count, by: 1000) {
      try Task.checkCancellation()
      let some = lister.files[start..<min(start + 1000, lister.files.count)]
      try library.database.read { database in
        for file in some where !forgotten.contains(Data(file.path.utf8)) {
          try compare(file, database, &result, &report)
        }
      }
    }
    try record(
      lister.failures.map { IndexFailure(path: $0.path, reason: $0.reason) }, &report)
    try noticeMissing(paths, lister, &result, &report)
    return result
  }

  private func walk(
    _ paths: [String], _ report: inout IndexReport, _ progress: @escaping (IndexProgress) -> Void
  ) throws -> PictureLister {
    var lister = PictureLister(excluding: [library.folder]) { count in
      try Task.checkCancellation()
      progress(IndexProgress(stage: .walking, completed: count, total: 0, failures: 0))
    }
    for path in paths {
      guard path != library.folder, !Paths.isInside(path, folder: library.folder) else {
        throw SearchError.noFolder(path: path, reason: "it belongs to the library itself")
      }
      if access(path, F_OK) != 0, try hasPictures(in: path) { continue }
      do { try lister.list(path) } catch ImageError.unreadable(let reason) {
        throw SearchError.noFolder(path: path, reason: reason)
      }
    }
    return lister
  }

  /// Decides by size and time whether a file must be read.
  private func compare(
    _ file: PictureLister.File, _ database: Database, _ result: inout Result,
    _ report: inout IndexReport
  ) throws {
    let statement = try database.cachedStatement(
      sql: """
        SELECT size, modified FROM pictures
        JOIN library ON library.id = 1
        JOIN vectors ON vectors.picture_id = pictures.id AND vectors.kind = 0
          AND vectors.model_id = library.model_id
        WHERE path = ?
        """)
    if let row = try Row.fetchOne(statement, arguments: [file.path]),
      file.status == PictureFile.Status(size: row[0], modified: row[1])
    {
      report.unchanged += 1
      return
    }
    if !options.retriesFailures {
      let failed = try database.cachedStatement(
        sql: "SELECT reason FROM failures WHERE path = ? AND size = ? AND modified = ?")
      if let reason = try String.fetchOne(
        failed, arguments: [file.path, file.status.size, file.status.modified])
      {
        report.failures.append(IndexFailure(path: file.path, reason: reason))
        return
      }
    }
    result.work.append(file)
  }

  /// Keeps what walking could not take: formats that cannot be read, names, folders.
  private func record(_ failures: [IndexFailure], _ report: inout IndexReport) throws {
    report.failures += failures
    guard !failures.isEmpty else { return }
    try library.database.write { database in
      for failure in failures {
        try database.execute(
          sql: "INSERT OR REPLACE INTO failures (path, size, modified, reason) VALUES (?, 0, 0, ?)",
          arguments: [failure.path, failure.reason])
      }
    }
  }

  private func noticeMissing(
    _ paths: [String], _ lister: PictureLister, _ result: inout Result,
    _ report: inout IndexReport
  ) throws {
    let there = Set(lister.files.map { Data($0.path.utf8) })
    for path in paths where !lister.repeatedFolders.contains(path) {
      let isEmpty = !lister.files.contains {
        $0.path == path || Paths.isInside($0.path, folder: path)
      }
      let known = try pictures(in: path)
      if isEmpty, !known.isEmpty, !options.removesMissingFolders {
        report.missingFolders.append(path)
        continue
      }
      for (id, known) in known where !there.contains(Data(known.utf8)) {
        if !lister.unreadableFolders.contains(where: { Paths.isInside(known, folder: $0) }) {
          result.missing.append(id)
        }
      }
      try forgetFailures(
        in: path, except: there.union(lister.failures.map { Data($0.path.utf8) }))
    }
  }

  /// Failures of files that are gone are no news any more.
  private func forgetFailures(in folder: String, except there: Set<Data>) throws {
    try library.database.write { database in
      let paths = try String.fetchAll(
        database, sql: "SELECT path FROM failures WHERE path >= ? AND path < ?",
        arguments: [folder + "/", folder + "0"])
      for path in paths where !there.contains(Data(path.utf8)) && access(path, F_OK) != 0 {
        try database.execute(sql: "DELETE FROM failures WHERE path = ?", arguments: [path])
      }
    }
  }

  private func hasPictures(in path: String) throws -> Bool { try !pictures(in: path).isEmpty }

  /// Pictures of a folder and its subfolders: '0' is the character after '/'.
  private func pictures(in folder: String) throws -> [(Int64, String)] {
    try library.database.read { database in
      try Row.fetchAll(
        database,
        sql: "SELECT id, path FROM pictures WHERE path = ? OR (path >= ? AND path < ?)",
        arguments: [folder, folder + "/", folder + "0"]
      ).map { ($0[0], $0[1]) }
    }
  }
}
