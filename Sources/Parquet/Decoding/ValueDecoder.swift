/// Takes the values of a page, one after another.
protocol ValueDecoder {
  mutating func next() throws(ParquetProblem) -> RawValue
}

/// Values as they are (PLAIN).
struct PlainDecoder: ValueDecoder {
  private var source: PageBytes
  private let storage: ColumnStorage
  private var bit = 0

  init(_ source: PageBytes, _ storage: ColumnStorage) {
    self.source = source
    self.storage = storage
  }

  mutating func next() throws(ParquetProblem) -> RawValue {
    switch storage.physical {
    case .boolean:
      defer { bit += 1 }
      return .bit(try source.bits(at: source.position * 8 + bit, width: 1) == 1)
    case .byteArray:
      let length = Int(try source.number(bytes: 4))
      return .bytes(try source.take(length))
    default: return try source.fixed(storage)
    }
  }
}

/// Numbers whose first bytes come first, then their second ones (BYTE_STREAM_SPLIT).
struct SplitDecoder: ValueDecoder {
  private let source: PageBytes
  private let storage: ColumnStorage
  private let width: Int
  private let count: Int
  private var index = 0

  init(_ source: PageBytes, _ storage: ColumnStorage) throws(ParquetProblem) {
    guard let width = storage.width, source.rest % width == 0 else {
      throw ParquetProblem("a page of split bytes has an impossible size")
    }
    self.source = source
    self.storage = storage
    self.width = width
    count = source.rest / width
  }

  mutating func next() throws(ParquetProblem) -> RawValue {
    guard index < count else { throw ParquetProblem("a page has fewer values than it claims") }
    let value = (0..<width).map { source.bytes[source.position + $0 * count + index] }
    index += 1
    var bytes = PageBytes(value, 0..<width)
    return try bytes.fixed(storage)
  }
}

/// Truth values in runs (RLE).
struct TruthDecoder: ValueDecoder {
  private var runs: RunDecoder

  init(_ source: PageBytes) throws(ParquetProblem) {
    var source = source
    let length = Int(try source.number(bytes: 4))
    guard length <= source.rest else { throw ParquetProblem("a page is cut off") }
    runs = try RunDecoder(source, width: 1)
  }

  mutating func next() throws(ParquetProblem) -> RawValue { .bit(try runs.next() == 1) }
}

extension PageBytes {
  /// A value of fixed length.
  mutating func fixed(_ storage: ColumnStorage) throws(ParquetProblem) -> RawValue {
    switch storage.physical {
    case .int32: .integer(Int64(Int32(truncatingIfNeeded: try number(bytes: 4))))
    case .int64: .integer(Int64(bitPattern: try number(bytes: 8)))
    case .float: .float(Float(bitPattern: UInt32(try number(bytes: 4))))
    case .double: .double(Double(bitPattern: try number(bytes: 8)))
    default: .bytes(try take(storage.width ?? 0))
    }
  }
}
