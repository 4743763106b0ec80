import Foundation
import GRDB

/// The library's SQLite file: opening it, and its errors as sentences.
final class LibraryDatabase: Sendable {
  /// Name of the database file in the library's folder.
  static let fileName = "library.sqlite"
  /// How long a process waits for another that is writing.
  private static let patience: TimeInterval = 60

  let folder: String
  private let pool: DatabasePool

  /// Opens the database, and makes it if asked to.
  init(folder: String, creating: Bool) throws(SearchError) {
    self.folder = folder
    let path = folder + "/" + Self.fileName
    if !FileManager.default.fileExists(atPath: path) {
      guard creating else { throw .noLibrary(folder: folder) }
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw .unwritable(path: folder, reason: error.localizedDescription)
      }
    }
    // One process at a time looks at the schema: two that made it at once would trip each other.
    let lock = FileLock(path: folder + "/.lock")
    defer { lock?.unlock() }
    do {
      pool = try DatabasePool(path: path, configuration: Self.configuration)
      let migrator = LibrarySchema.migrator
      let applied = try pool.read { try migrator.appliedIdentifiers($0) }
      if let unknown = applied.subtracting(migrator.migrations).sorted().first {
        throw SearchError.newerLibrary(folder: folder, migration: unknown)
      }
      if applied.count < migrator.migrations.count { try migrator.migrate(pool) }
    } catch let error as SearchError {
      throw error
    } catch {
      throw Self.sentence(error, folder: folder)
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.maximumReaderCount = 8
    configuration.prepareDatabase { database in
      // What was reported as done is on the disk, whatever happens to the machine.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "PRAGMA cache_size = -16384")
    }
    return configuration
  }

  /// Reads a consistent state.
  func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    do { return try pool.read(body) } catch let error as DatabaseError {
      throw Self.sentence(error, folder: folder)
    }
  }

  /// Writes all or nothing.
  func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
    do { return try pool.write(body) } catch let error as DatabaseError {
      throw Self.sentence(error, folder: folder)
    }
  }

  /// Moves what is in the log into the database file, as far as readers allow.
  func checkpoint() {
    // A checkpoint that does not come about is made up for by the next.
    _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
  }

  private static func sentence(_ error: any Error, folder: String) -> SearchError {
    guard let error = error as? DatabaseError else {
      return .database(folder: folder, reason: "\(error)")
    }
    let reason =
      switch error.resultCode {
      case .SQLITE_FULL: "the disk is full; free some space and run the command again"
      case .SQLITE_IOERR:
        "reading or writing failed (\(error.message ?? "input/output error")); is the disk full?"
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        "another process has been writing for more than \(Int(patience)) seconds"
      case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
        "it may not be written or opened (\(error.message ?? "no rights"))"
      case .SQLITE_CORRUPT, .SQLITE_NOTADB:
        "the file \(fileName) is damaged or no database; restore a copy or index anew"
      default: error.message ?? "\(error)"
      }
    return .database(folder: folder, reason: reason)
  }
}
