import CLIPSearch
import CPostgreSQL
import Foundation

/// The rows that a statement gave, in PostgreSQL's binary form.
final class PostgresRows: Sequence {
  private let result: OpaquePointer

  init(_ result: OpaquePointer) { self.result = result }

  deinit { PQclear(result) }

  var count: Int { Int(PQntuples(result)) }

  /// Rows that the statement changed, or gave.
  var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  var first: PostgresRow? { count > 0 ? PostgresRow(result: result, row: 0, rows: self) : nil }

  func makeIterator() -> AnyIterator<PostgresRow> {
    var next: Int32 = 0
    return AnyIterator { [self] in
      guard Int(next) < count else { return nil }
      defer { next += 1 }
      return PostgresRow(result: result, row: next, rows: self)
    }
  }
}

/// One row; values that are null, or of another type, are 0 or empty unless asked for as optional.
struct PostgresRow {
  fileprivate let result: OpaquePointer
  fileprivate let row: Int32
  /// Keeps the memory.
  fileprivate let rows: PostgresRows

  private func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
    guard column < PQnfields(result), PQgetisnull(result, row, Int32(column)) == 0,
      let value = PQgetvalue(result, row, Int32(column))
    else { return nil }
    return UnsafeRawBufferPointer(
      start: value, count: Int(PQgetlength(result, row, Int32(column))))
  }

  /// A whole number of any width.
  func integer(_ column: Int) -> Int64 { optionalInteger(column) ?? 0 }

  func optionalInteger(_ column: Int) -> Int64? {
    guard let bytes = bytes(column), (1...8).contains(bytes.count) else { return nil }
    let isNegative = bytes[0] & 0x80 != 0
    return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
  }

  func text(_ column: Int) -> String { optionalText(column) ?? "" }

  func optionalText(_ column: Int) -> String? {
    bytes(column).map { String(decoding: $0, as: UTF8.self) }
  }

  func data(_ column: Int) -> Data? { bytes(column).map { Data($0) } }

  func bool(_ column: Int) -> Bool { bytes(column).map { $0.first == 1 } ?? false }

  /// A `double precision`.
  func double(_ column: Int) -> Double {
    guard bytes(column)?.count == 8 else { return 0 }
    return Double(bitPattern: UInt64(bitPattern: integer(column)))
  }

  /// A `halfvec`.
  func halves(_ column: Int) -> [Float]? {
    guard let bytes = bytes(column), bytes.count >= 4 else { return nil }
    let dimension = Int(bytes[0]) << 8 | Int(bytes[1])
    guard bytes.count == 4 + dimension * 2 else { return nil }
    var halves = Data(capacity: dimension * 2)
    for start in stride(from: 4, to: bytes.count, by: 2) {
      halves.append(bytes[start + 1])
      halves.append(bytes[start])
    }
    return VectorCodec.decode(halves, dimension: dimension)
  }
}
