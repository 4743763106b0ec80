import Files
import Foundation
import Parquet

/// A list as a Parquet file.
struct ParquetList: ListReader {
  private let path: String
  private var rows: ParquetRows
  private let hasCaption: Bool
  private let count: Int
  private var read = 0

  init(_ url: URL, columns: ListColumns) throws {
    path = url.path
    let file = try ParquetFile(url)
    let names = file.columns.map(\.name)
    let places = try ColumnPlaces(columns, in: names, path: path)
    hasCaption = places.caption != nil
    let wanted = [places.address] + (places.caption.map { [$0] } ?? []) + places.others
    rows = try file.rows(of: wanted.map { names[$0] })
    count = file.rowCount
  }

  var rowsLeft: Int? { count - read }
  var share: Double { Double(read) / Double(max(1, count)) }

  mutating func next() throws -> ListRow? {
    guard let values = try rows.next() else { return nil }
    read += 1
    var row = ListRow()
    do {
      row.address = try text(values[0], "address")
      if hasCaption { row.caption = try text(values[1], "caption") }
    } catch { row.problem = "row \(read): \(error)" }
    row.columns = values.dropFirst(hasCaption ? 2 : 1).map(Self.json)
    return row
  }

  mutating func skip(_ count: Int) throws {
    try rows.skip(count)
    read += count
  }

  /// A text; many old writers do not say that their bytes are one.
  private func text(_ value: ParquetValue, _ role: String) throws(FetchError) -> String {
    switch value {
    case .null: return ""
    case .text(let text): return text
    case .bytes(let bytes):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .badValue("the \(role) is not UTF-8")
      }
      return text
    default: throw .badValue("the \(role) is no text")
    }
  }

  /// A value as JSON.
  private static func json(_ value: ParquetValue) -> String {
    func number(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
      value.isFinite ? "\(value)" : "null"
    }
    return switch value {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .float(let value): number(value)
    case .double(let value): number(value)
    case .text(let value): PythonJSON.string(value)
    case .bytes(let value): PythonJSON.string(Data(value).base64EncodedString())
    }
  }
}
