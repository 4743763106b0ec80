import CLMDB
public import Foundation

/// Writes an LMDB environment through the official library, entries in ascending order of their keys.
public final class LMDBWriter {
  /// The environment's folder.
  public let path: String

  private var environment: OpaquePointer?
  private var transaction: OpaquePointer?
  private var database: MDB_dbi = 0
  private var pending = 0

  /// Entries in one transaction, as in the original's script.
  private static let entriesPerCommit = 1000

  /// Makes an environment.
  ///
  /// - Parameters:
  ///   - directory: a folder, made if it is not there; must not hold an environment yet.
  ///   - capacity: how large the data file may become, in bytes: it is also the address space that
  ///     readers reserve. ``capacity(entries:)`` tells how much some entries need.
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public init(directory: URL, capacity: Int) throws {
    path = directory.path
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try check(mdb_env_create(&environment))
    try check(mdb_env_set_mapsize(environment, capacity))
    try check(mdb_env_open(environment, path, UInt32(MDB_NOSYNC), 0o644))
    try begin()
    try check(mdb_dbi_open(transaction, nil, 0, &database))
  }

  deinit {
    if transaction != nil { mdb_txn_abort(transaction) }
    if environment != nil { mdb_env_close(environment) }
  }

  /// Bytes that a data file needs for entries.
  ///
  /// A value above about 2 KB fills pages of its own; smaller ones share pages. The bound is generous: disk
  /// space is only used for what is written.
  ///
  /// - Parameter entries: sizes of keys and values, in bytes.
  public static func capacity(entries: some Sequence<(key: Int, value: Int)>) -> Int {
    let page = 4096
    var bytes = 0
    for entry in entries {
      bytes += entry.key + 32
      bytes += entry.value < page / 2 ? entry.value : (entry.value + 16 + page - 1) / page * page
    }
    return (bytes * 5 / 4 + (4 << 20)) / page * page
  }

  /// Adds an entry; keys must ascend byte by byte.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public func append(key: String, value: UnsafeRawBufferPointer) throws {
    guard !key.isEmpty else {
      throw DataError.unwritable(path: path, reason: "an entry without a key was given")
    }
    var key = key
    try key.withUTF8 { keyBytes in
      var keyValue = MDB_val(
        mv_size: keyBytes.count, mv_data: UnsafeMutableRawPointer(mutating: keyBytes.baseAddress))
      var dataValue = MDB_val(
        mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
      try check(mdb_put(transaction, database, &keyValue, &dataValue, UInt32(MDB_APPEND)))
    }
    pending += 1
    if pending == Self.entriesPerCommit {
      try commit()
      try begin()
    }
  }

  /// Writes everything to disk and closes the environment. Nothing can be added afterwards.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)``.
  public func finish() throws {
    try commit()
    try check(mdb_env_sync(environment, 1))
    mdb_env_close(environment)
    environment = nil
  }

  private func begin() throws {
    try check(mdb_txn_begin(environment, nil, 0, &transaction))
    pending = 0
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
