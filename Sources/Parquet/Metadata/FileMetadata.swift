/// What the footer of a file says about its columns and where their pages lie.
struct FileMetadata: Sendable {
  /// A column's share of a row group.
  struct Chunk: Sendable {
    var codec = 0
    var valueCount = 0
    var size = 0
    var dataOffset = 0
    var dictionaryOffset: Int?

    /// Where its pages begin.
    var start: Int { min(dictionaryOffset ?? dataOffset, dataOffset) }
  }

  /// Rows whose columns lie together.
  struct RowGroup: Sendable {
    var rowCount = 0
    var chunks: [Chunk] = []
  }

  var columns: [ParquetColumn] = []
  /// Of each column, the number of its chunk among the leaves of the schema; nil where it is nested.
  var leaves: [Int?] = []
  var rowCount = 0
  var rowGroups: [RowGroup] = []
  var creator = ""

  /// More columns than any table has.
  private static let maximumElements = 1 << 16

  /// Reads a footer.
  ///
  /// - Parameters:
  ///   - bytes: of the footer.
  ///   - dataEnd: where the file's pages end.
  /// - Throws: ``ParquetProblem``.
  init(_ bytes: UnsafeRawBufferPointer, dataEnd: Int) throws(ParquetProblem) {
    var reader = ThriftReader(bytes)
    var metadata = Self()
    var leafCount: Int?
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch id {
      case 2: leafCount = try metadata.readSchema(&reader, kind)
      case 3: metadata.rowCount = try reader.size(kind)
      case 4:
        guard let leafCount else { throw ParquetProblem("its rows come before its schema") }
        try reader.list(kind) { (_, reader) throws(ParquetProblem) in
          metadata.rowGroups.append(try RowGroup(&reader, leafCount, dataEnd))
        }
      case 6: metadata.creator = String(try reader.text(kind).prefix(256))
      case 8: throw ParquetProblem.unsupported("it is encrypted")
      default: try reader.skip(kind)
      }
    }
    guard leafCount != nil else { throw ParquetProblem("it has no schema") }
    var sum = 0
    for group in metadata.rowGroups {
      let (total, overflows) = sum.addingReportingOverflow(group.rowCount)
      guard !overflows else { throw ParquetProblem("its row groups claim too many rows") }
      sum = total
    }
    guard sum == metadata.rowCount else {
      throw ParquetProblem(
        "it claims \(metadata.rowCount) rows, and its row groups have \(sum)")
    }
    self = metadata
  }

  private init() {}

  /// Reads the tree of columns, which is listed depth first.
  ///
  /// - Returns: the number of leaves.
  private mutating func readSchema(
    _ reader: inout ThriftReader, _ kind: ThriftReader.Kind
  ) throws(ParquetProblem) -> Int {
    var elements: [SchemaElement] = []
    try reader.list(kind) { (count) throws(ParquetProblem) in
      guard count <= Self.maximumElements else {
        throw ParquetProblem("its schema has \(count) elements")
      }
    } _: { (_, reader) throws(ParquetProblem) in
      elements.append(try SchemaElement(&reader))
    }
    guard let root = elements.first, root.childCount > 0 else {
      throw ParquetProblem("its schema has no columns")
    }
    var position = 1
    var leafCount = 0
    for _ in 0..<root.childCount {
      guard position < elements.count else { throw ParquetProblem("its schema is cut off") }
      let element = elements[position]
      leaves.append(element.childCount == 0 ? leafCount : nil)
      columns.append(try element.column())
      // Passes over what is below it.
      var open = 1
      while open > 0 {
        guard position < elements.count else { throw ParquetProblem("its schema is cut off") }
        let children = elements[position].childCount
        guard children < elements.count else { throw ParquetProblem("its schema is cut off") }
        if children == 0 { leafCount += 1 }
        open += children - 1
        position += 1
      }
    }
    guard position == elements.count else {
      throw ParquetProblem("its schema has elements that belong nowhere")
    }
    return leafCount
  }
}

extension FileMetadata.RowGroup {
  fileprivate init(
    _ reader: inout ThriftReader, _ leafCount: Int, _ dataEnd: Int
  ) throws(ParquetProblem) {
    var group = Self()
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch id {
      case 1:
        try reader.list(kind) { (count) throws(ParquetProblem) in
          guard count == leafCount else {
            throw ParquetProblem("a row group has \(count) columns instead of \(leafCount)")
          }
        } _: { (_, reader) throws(ParquetProblem) in
          group.chunks.append(try FileMetadata.Chunk(&reader, dataEnd))
        }
      case 3: group.rowCount = try reader.size(kind)
      default: try reader.skip(kind)
      }
    }
    guard group.chunks.count == leafCount else {
      throw ParquetProblem("a row group has no columns")
    }
    self = group
  }
}

extension FileMetadata.Chunk {
  fileprivate init(_ reader: inout ThriftReader, _ dataEnd: Int) throws(ParquetProblem) {
    var chunk = Self()
    var isDescribed = false
    try reader.structure { (id, kind, reader) throws(ParquetProblem) in
      switch id {
      case 1: throw ParquetProblem.unsupported("its columns lie in other files")
      case 3 where kind == .structure:
        isDescribed = true
        try reader.structure { (id, kind, reader) throws(ParquetProblem) in
          switch id {
          case 4: chunk.codec = try reader.integer(kind)
          case 5: chunk.valueCount = try reader.size(kind)
          case 7: chunk.size = try reader.size(kind)
          case 9: chunk.dataOffset = try reader.size(kind)
          case 11:
            let offset = try reader.size(kind)
            // Some writers say 0 for none.
            chunk.dictionaryOffset = offset > 0 ? offset : nil
          default: try reader.skip(kind)
          }
        }
      case 8: throw ParquetProblem.unsupported("its columns are encrypted")
      default: try reader.skip(kind)
      }
    }
    // Of a table without rows some writers give no place.
    if chunk.valueCount == 0 {
      (chunk.dataOffset, chunk.dictionaryOffset, chunk.size) = (4, nil, 0)
    }
    guard isDescribed, chunk.start >= 4, chunk.start <= dataEnd,
      chunk.size <= dataEnd - chunk.start
    else { throw ParquetProblem("a column lies outside of the file") }
    self = chunk
  }
}
