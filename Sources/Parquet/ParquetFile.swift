import Files
public import Foundation

/// A Parquet file of a flat table, as pyarrow, DuckDB, polars and Spark write them.
///
/// Opening reads the footer alone; rows are then read from row group to row group and page to page,
/// so memory stays at a page and a dictionary a column however large the file is. Files of
/// strangers are expected: sizes are bounded before anything is allocated, and what is damaged is
/// refused by a sentence. Columns that are lists or structures are named and not read.
///
/// ```swift
/// let file = try ParquetFile(URL(filePath: "part-00000.parquet"))
/// var rows = try file.rows(of: ["url", "caption"])
/// while let row = try rows.next() { print(row) }
/// ```
///
/// Read are pages of both versions; plain, dictionary, run-length, delta and split encodings; zstd,
/// snappy, gzip or no packing. Source: the format's specification, apache/parquet-format.
public struct ParquetFile: Sendable {
  /// The file's path, for messages.
  public var path: String { file.path }
  /// The columns, in the file's order.
  public var columns: [ParquetColumn] { metadata.columns }
  /// The number of rows.
  public var rowCount: Int { metadata.rowCount }
  /// The rows of each row group.
  public var rowGroupSizes: [Int] { metadata.rowGroups.map(\.rowCount) }
  /// The program that wrote the file, as it calls itself.
  public var creator: String { metadata.creator }

  let file: MappedFile
  let metadata: FileMetadata

  /// Bytes of the largest footer.
  private static let maximumFooter = 1 << 26
  private static let magic = Array("PAR1".utf8)

  /// Opens a file.
  ///
  /// - Throws: ``ParquetError``.
  public init(_ url: URL) throws(ParquetError) {
    do { file = try MappedFile(url) } catch {
      throw .unreadable(path: url.path, reason: "\(error)")
    }
    do { metadata = try Self.metadata(of: file) } catch { throw error.error(path: file.path) }
  }

  private static func metadata(of file: MappedFile) throws(ParquetProblem) -> FileMetadata {
    let bytes = file.bytes
    guard bytes.count >= 12, bytes.starts(with: magic) else {
      throw ParquetProblem("it does not begin with PAR1")
    }
    guard bytes.suffix(4).elementsEqual(magic) else {
      if bytes.suffix(4).elementsEqual(Array("PARE".utf8)) { throw .unsupported("it is encrypted") }
      throw ParquetProblem("it does not end with PAR1; is it complete?")
    }
    let length = Int(
      UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self)))
    guard length <= min(bytes.count - 12, maximumFooter) else {
      throw ParquetProblem("its footer claims \(length) bytes")
    }
    let start = bytes.count - 8 - length
    return try FileMetadata(file.bytes(in: start..<bytes.count - 8), dataEnd: start)
  }

  /// Goes through the rows.
  ///
  /// - Parameter names: the columns that are wanted; others are not touched.
  /// - Returns: the rows, before the first.
  /// - Throws: ``ParquetError/noColumn(path:name:known:)``, or ``ParquetError/unsupported(path:problem:)``
  ///   for a column that is not read here.
  public func rows(of names: [String]) throws(ParquetError) -> ParquetRows {
    var indices: [Int] = []
    for name in names {
      guard let index = columns.firstIndex(where: { $0.name == name }) else {
        throw .noColumn(path: path, name: name, known: columns.map(\.name))
      }
      if case .other(let what) = columns[index].kind {
        throw .unsupported(
          path: path, problem: "the column \(ParquetProblem.quoted(name)) holds \(what)")
      }
      indices.append(index)
    }
    return ParquetRows(self, columns: indices)
  }
}
