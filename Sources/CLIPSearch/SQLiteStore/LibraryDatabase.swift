import CLIPImages
import Files
import Foundation
import GRDB

/// The library's SQLite file: opening it, and its errors as sentences.
///
/// Where nothing can be written, on a read-only or a full disk, it is opened for reading alone, and
/// not a byte is written.
final class LibraryDatabase: Sendable {
  /// Name of the database file in the library's folder.
  static let fileName = "library.sqlite"
  /// How long a process waits for another that is writing.
  private static let patience: TimeInterval = 60

  let folder: String
  /// Paths as the database writes them.
  let paths: LibraryPaths
  /// Whether nothing can be written.
  let isReadOnly: Bool
  private let pool: DatabasePool

  /// Opens the database, and makes it if asked to.
  ///
  /// - Parameters:
  ///   - folder: Where it is.
  ///   - library: The library's folder, to which paths of its own files are relative.
  ///   - creating: Whether to make it if there is none.
  /// - Throws: ``SearchError``.
  init(folder: String, library: String, creating: Bool) throws(SearchError) {
    self.folder = folder
    paths = LibraryPaths(folder: library)
    let path = folder + "/" + Self.fileName
    if !FileManager.default.fileExists(atPath: path) {
      guard creating else { throw .noLibrary(folder: folder) }
      try PrivateFiles.makeFolder(folder)
    }
    // One process at a time looks at the schema: two that made it at once would trip each other.
    // On a read-only disk there is no lock, and nothing to be made.
    let lock = try? FileLock(URL(filePath: folder + "/.lock"), mode: PrivateFiles.fileMode)
    defer { withExtendedLifetime(lock) {} }
    // SQLite gives its further files the rights of this one.
    if creating { PrivateFiles.touch(path) }
    do {
      (pool, isReadOnly) = try Self.open(path, folder: folder, paths: paths)
    } catch let error as SearchError {
      throw error
    } catch {
      throw Self.sentence(error, folder: folder)
    }
  }

  /// Opens the file for writing, or else for reading.
  private static func open(
    _ path: String, folder: String, paths: LibraryPaths
  ) throws -> (DatabasePool, Bool) {
    let migrator = LibrarySchema.migrator(paths: paths)
    func open(_ path: String, readOnly: Bool) throws -> DatabasePool {
      let pool = try DatabasePool(path: path, configuration: configuration(readOnly: readOnly))
      let applied = try pool.read { try migrator.appliedIdentifiers($0) }
      if let unknown = applied.subtracting(migrator.migrations).sorted().first {
        throw SearchError.newerLibrary(folder: folder, migration: unknown)
      }
      guard applied.count < migrator.migrations.count else { return pool }
      if !readOnly { try migrator.migrate(pool) }
      if applied.isEmpty, readOnly { throw SearchError.noLibrary(folder: folder) }
      return pool
    }
    do { return (try open(path, readOnly: false), false) } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_FULL, .SQLITE_IOERR: break
      default: throw error
      }
      // SQLite reads a log through a file of its own, which cannot be made here. Without a log
      // there is nothing that could change under a reader, and it can be told so.
      let hasLog = FileStatus(path: path + "-wal").map { $0.size > 0 } ?? false
      if let readable = try? open(hasLog ? path : immutable(path), readOnly: true) {
        return (readable, true)
      }
      guard hasLog, error.resultCode != .SQLITE_FULL else { throw error }
      throw SearchError.database(
        folder: folder,
        reason: "its last changes are still in \(fileName)-wal, and SQLite cannot read them where "
          + "nothing can be written; open it once where that is possible, or copy the folder there")
    }
  }

  /// The address of a file that nobody changes while it is open.
  private static func immutable(_ path: String) -> String {
    URL(filePath: path).absoluteString + "?immutable=1"
  }

  private static func configuration(readOnly: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = readOnly
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
    guard !isReadOnly else { return }
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
