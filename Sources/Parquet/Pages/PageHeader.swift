/// What stands before each page.
struct PageHeader {
  enum Kind: Int {
    case data, index, dictionary, dataV2
  }

  private(set) var kind = Kind.data
  private(set) var packedSize = 0
  private(set) var size = 0
  private(set) var checksum: UInt32?
  private(set) var valueCount = 0
  private(set) var encoding = 0
  private(set) var levelEncoding = Encoding.runs.rawValue
  /// Bytes of a second-version page's levels, which are not packed.
  private(set) var repetitionBytes = 0
  private(set) var definitionBytes = 0
  private(set) var isPacked = true

  /// The largest page that is unpacked: hundreds of times what any writer makes.
  static let maximumSize = 1 << 28

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - bytes: what follows, the header first.
  ///   - length: gets the number of bytes of the header.
  /// - Throws: ``ParquetProblem``.
  init(_ bytes: UnsafeRawBufferPointer, length: inout Int) throws(ParquetProblem) {
    var reader = ThriftReader(bytes)
    var header = Self()
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch id {
      case 1:
        let number = try reader.integer(kind)
        guard let page = Kind(rawValue: number) else {
          throw ParquetProblem.unsupported("there is a page of the unknown type \(number)")
        }
        header.kind = page
      case 2: header.size = try reader.size(kind)
      case 3: header.packedSize = try reader.size(kind)
      case 4: header.checksum = UInt32(truncatingIfNeeded: try reader.integer(kind))
      case 5, 7, 8: try header.read(part: id, &reader, kind)
      default: try reader.skip(kind)
      }
    }
    guard header.size <= Self.maximumSize, header.packedSize <= Self.maximumSize else {
      throw ParquetProblem("a page claims \(max(header.size, header.packedSize)) bytes")
    }
    length = reader.position
    self = header
  }

  private init() {}

  /// The part that is about one kind of page.
  private mutating func read(
    part: Int, _ reader: inout ThriftReader, _ kind: ThriftReader.Kind
  ) throws(ParquetProblem) {
    guard kind == .structure else { throw ParquetProblem("a page's header is wrong") }
    let isSecond = part == 8
    var header = self
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch (id, isSecond) {
      case (1, _): header.valueCount = try reader.size(kind)
      case (2, false), (4, true): header.encoding = try reader.integer(kind)
      case (3, false) where part == 5: header.levelEncoding = try reader.integer(kind)
      case (5, true): header.definitionBytes = try reader.size(kind)
      case (6, true): header.repetitionBytes = try reader.size(kind)
      case (7, true): header.isPacked = try reader.boolean(kind)
      default: try reader.skip(kind)
      }
    }
    self = header
  }
}

/// How values are written in a page, as the format numbers it.
enum Encoding: Int {
  case plain = 0
  case plainDictionary = 2
  case runs = 3
  case bitPacked = 4
  case delta = 5
  case deltaLength = 6
  case deltaStrings = 7
  case dictionary = 8
  case split = 9
}
