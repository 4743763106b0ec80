import Files

/// One record of a central directory.
struct ZipRecord {
  /// The entry's name.
  let name: String
  /// Where the entry's own header is.
  let headerOffset: Int
  /// Whether the bytes are stored as they are.
  let isStored: Bool
  private let compressedSize: Int

  /// Reads a record; the cursor ends behind it.
  init(_ cursor: inout ByteCursor) throws {
    let source = cursor.source
    guard try cursor.integer(UInt32.self) == 0x0201_4b50 else {
      throw CheckpointError.damaged(source: source, reason: "its table of contents has a gap")
    }
    _ = try cursor.take(4)
    let flags = try cursor.integer(UInt16.self)
    let method = try cursor.integer(UInt16.self)
    _ = try cursor.take(8)
    var compressed = UInt64(try cursor.integer(UInt32.self))
    var uncompressed = UInt64(try cursor.integer(UInt32.self))
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    let commentLength = Int(try cursor.integer(UInt16.self))
    _ = try cursor.take(8)
    var offset = UInt64(try cursor.integer(UInt32.self))
    guard let name = String(validating: try cursor.take(nameLength), as: UTF8.self) else {
      throw CheckpointError.damaged(source: source, reason: "the name of an entry is not UTF-8")
    }
    let extra = try cursor.take(extraLength)
    _ = try cursor.take(commentLength)
    try Self.widen(&uncompressed, &compressed, &offset, extra: extra, source: source)
    guard let headerOffset = Int(exactly: offset), let size = Int(exactly: compressed) else {
      throw CheckpointError.damaged(source: source, reason: "the size of \(name) is absurd")
    }
    guard flags & 1 == 0, method != 0 || compressed == uncompressed else {
      throw CheckpointError.damaged(
        source: source, reason: "\(name) is encrypted or lies about its size")
    }
    self.name = name
    self.headerOffset = headerOffset
    compressedSize = size
    isStored = method == 0
  }

  /// Where the bytes are, after the entry's own header, which must carry the same name.
  func dataRange(in file: MappedFile, before limit: Int) throws -> Range<Int> {
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[..<limit])
    var cursor = try ByteCursor(bytes, source: file.path, offset: headerOffset)
    guard try cursor.integer(UInt32.self) == 0x0403_4b50 else {
      throw CheckpointError.damaged(
        source: file.path, reason: "the entry \(name) is not where listed")
    }
    _ = try cursor.take(22)
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    guard try cursor.take(nameLength).elementsEqual(name.utf8) else {
      throw CheckpointError.damaged(source: file.path, reason: "the entry \(name) has two names")
    }
    _ = try cursor.take(extraLength)
    let start = cursor.offset
    _ = try cursor.take(compressedSize)
    return start..<cursor.offset
  }

  /// Replaces the 32-bit fields that are full by those of the extra field for large archives.
  private static func widen(
    _ uncompressed: inout UInt64, _ compressed: inout UInt64, _ offset: inout UInt64,
    extra: UnsafeRawBufferPointer, source: String
  ) throws {
    let full = UInt64(UInt32.max)
    guard uncompressed == full || compressed == full || offset == full else { return }
    var cursor = try ByteCursor(extra, source: source)
    while cursor.remaining >= 4 {
      let tag = try cursor.integer(UInt16.self)
      let length = Int(try cursor.integer(UInt16.self))
      var field = try ByteCursor(try cursor.take(length), source: source)
      guard tag == 1 else { continue }
      if uncompressed == full { uncompressed = try field.integer() }
      if compressed == full { compressed = try field.integer() }
      if offset == full { offset = try field.integer() }
      return
    }
  }
}
