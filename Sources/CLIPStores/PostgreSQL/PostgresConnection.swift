import CLIPSearch
import CPostgreSQL
import Foundation

/// A connection to a server; used by one thread at a time, the one that took it from the pool.
package final class PostgresConnection: @unchecked Sendable {
  private let connection: OpaquePointer

  /// Connects, and puts the library's schema before all others.
  ///
  /// - Throws: ``PostgresError``.
  init(_ address: PostgresAddress) throws {
    guard let connection = PQconnectdb(address.connection) else {
      throw PostgresError(code: "", message: "there is no memory for a connection", isLost: true)
    }
    self.connection = connection
    guard PQstatus(connection) == CONNECTION_OK else {
      throw PostgresError(
        code: "", message: String(cString: PQerrorMessage(connection)), isLost: true)
    }
    // Notices are for logs of the server.
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
    try query(
      "SELECT set_config('search_path', $1 || ', ' || current_setting('search_path'), false)",
      [.text(address.schema)])
    try query("SET client_encoding = 'UTF8'")
  }

  deinit { PQfinish(connection) }

  /// Whether it can be used again.
  var isUsable: Bool {
    PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
  }

  /// Runs one statement.
  ///
  /// - Parameters:
  ///   - sql: With `$1`, `$2`, … for values.
  ///   - values: At most 65,535.
  /// - Returns: Its rows.
  /// - Throws: ``PostgresError``.
  @discardableResult
  func query(_ sql: String, _ values: [PostgresValue] = []) throws -> PostgresRows {
    let encoded = values.map(\.encoded)
    let lengths = encoded.map { Int32($0?.bytes.count ?? 0) }
    let formats = encoded.map { Int32($0?.isBinary == true ? 1 : 0) }
    // One block of memory with a zero behind each value.
    var block: [UInt8] = []
    var offsets: [Int?] = []
    for value in encoded {
      offsets.append(value == nil ? nil : block.count)
      if let value { block += value.bytes + [0] }
    }
    block.append(0)
    let result = block.withUnsafeBytes { block in
      let base = block.baseAddress?.assumingMemoryBound(to: CChar.self)
      let pointers = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
      return PQexecParams(
        connection, sql, Int32(values.count), nil, pointers, lengths, formats, 1)
    }
    return try checked(result)
  }

  /// Runs several statements without values.
  func script(_ sql: String) throws {
    _ = try checked(PQexec(connection, sql))
  }

  /// Sends rows to `COPY … FROM STDIN (FORMAT binary)`.
  func copy(_ sql: String, _ rows: [[PostgresValue]]) throws {
    _ = try checked(PQexec(connection, sql))
    var bytes = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [UInt8](repeating: 0, count: 8)
    func send() throws {
      let isSent = bytes.withUnsafeBytes {
        PQputCopyData(
          connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
      }
      guard isSent == 1 else { throw failure(nil) }
      bytes.removeAll(keepingCapacity: true)
    }
    for row in rows {
      bytes += PostgresValue.bigEndian(Int16(row.count))
      for value in row {
        let value = value.binary
        bytes += PostgresValue.bigEndian(Int32(value?.count ?? -1))
        bytes += value ?? []
      }
      if bytes.count > 1 << 18 { try send() }
    }
    bytes += PostgresValue.bigEndian(Int16(-1))
    try send()
    guard PQputCopyEnd(connection, nil) == 1 else { throw failure(nil) }
    _ = try checked(PQgetResult(connection))
    while let rest = PQgetResult(connection) { PQclear(rest) }
  }

  private func checked(_ result: OpaquePointer?) throws -> PostgresRows {
    guard let result else { throw failure(nil) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN: return PostgresRows(result)
    default:
      defer { PQclear(result) }
      throw failure(result)
    }
  }

  private func failure(_ result: OpaquePointer?) -> PostgresError {
    // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY, which Swift does not see.
    func field(_ letter: Character) -> String? {
      PQresultErrorField(result, Int32(letter.asciiValue ?? 0)).map { String(cString: $0) }
    }
    return PostgresError(
      code: field("C") ?? "",
      message: field("M") ?? String(cString: PQerrorMessage(connection)),
      isLost: PQstatus(connection) != CONNECTION_OK)
  }
}
