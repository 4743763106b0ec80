import CLMDB
package import Foundation

/// Writes an LMDB environment through the official library, entries in ascending order of their keys.
///
/// The map grows with the data. A fixed map of 1 TiB, as the original's script asks for, fails on machines
/// with little address space or with file systems that reserve it.
package final class LMDBWriter {
  /// The environment's folder.
  package let path: String

  private var environment: OpaquePointer?
  private var transaction: OpaquePointer?
  private var database: MDB_dbi = 0
  private var pendingEntries = 0
  private var pendingBytes = 0

  /// Limits of one transaction.
  private static let entriesPerCommit = 5000
  private static let bytesPerCommit = 32 << 20
  /// For inner pages, page remainders and the list of free pages.
  private static let slack = 32 << 20

  /// Makes an environment.
  ///
  /// - Parameter directory: a folder, made if it is not there; must not hold an environment yet.
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  package init(directory: URL) throws {
    path = directory.path
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw DataError.unwritable(path: path, reason: error.localizedDescription)
    }
    try check(mdb_env_create(&environment))
    try check(mdb_env_open(environment, path, UInt32(MDB_NOSYNC), 0o644))
    try begin(roomFor: 0)
    try check(mdb_dbi_open(transaction, nil, 0, &database))
  }

  deinit {
    if transaction != nil { mdb_txn_abort(transaction) }
    if environment != nil { mdb_env_close(environment) }
  }

  /// Adds an entry; keys must ascend byte by byte.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  package func append(key: String, value: UnsafeRawBufferPointer) throws {
    guard !key.isEmpty else {
      throw DataError.unwritable(path: path, reason: "an entry without a key was given")
    }
    if pendingEntries == Self.entriesPerCommit || pendingBytes + value.count > Self.bytesPerCommit {
      try commit()
      try begin(roomFor: value.count)
    }
    var key = key
    try key.withUTF8 { keyBytes in
      var keyValue = MDB_val(
        mv_size: keyBytes.count, mv_data: UnsafeMutableRawPointer(mutating: keyBytes.baseAddress))
      var dataValue = MDB_val(
        mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
      try check(mdb_put(transaction, database, &keyValue, &dataValue, UInt32(MDB_APPEND)))
    }
    pendingEntries += 1
    pendingBytes += value.count
  }

  /// Writes everything to disk and closes the environment.
  ///
  /// Nothing can be added afterwards.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  package func finish() throws {
    try commit()
    try check(mdb_env_sync(environment, 1))
    mdb_env_close(environment)
    environment = nil
  }

  /// Starts a transaction after making the map large enough for it.
  ///
  /// Values share pages or fill at least
  /// half of their own, so twice their bytes suffice.
  private func begin(roomFor nextValue: Int) throws {
    var information = MDB_envinfo()
    var statistics = MDB_stat()
    try check(mdb_env_info(environment, &information))
    try check(mdb_env_stat(environment, &statistics))
    let used = (information.me_last_pgno + 1) * Int(statistics.ms_psize)
    let needed = used + 2 * max(Self.bytesPerCommit, nextValue) + Self.slack
    if information.me_mapsize < needed { try check(mdb_env_set_mapsize(environment, needed)) }
    try check(mdb_txn_begin(environment, nil, 0, &transaction))
    pendingEntries = 0
    pendingBytes = 0
  }

  private func commit() throws {
    let finished = transaction
    transaction = nil
    try check(mdb_txn_commit(finished))
  }

  private func check(_ code: Int32) throws {
    guard code != MDB_SUCCESS else { return }
    throw DataError.unwritable(path: path, reason: String(cString: mdb_strerror(code)).lowercased())
  }
}
