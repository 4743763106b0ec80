import Files

/// The central directory of a zip archive: where it is and what it lists.
struct ZipDirectory {
  /// Where it begins; all entries lie before.
  let offset: Int
  /// The number of entries.
  let count: Int
  private let size: Int
  private let file: MappedFile

  private static let endSignature: UInt32 = 0x0605_4b50
  private static let endSize = 22
  private static let locatorSignature: UInt32 = 0x0706_4b50
  private static let locatorSize = 20
  private static let end64Signature: UInt32 = 0x0606_4b50
  /// The bytes of a central record without its name, extra field and comment.
  static let minimumRecordSize = 46

  /// Finds the directory from the end of the file, in the 64-bit form where there is one.
  init(_ file: MappedFile) throws {
    self.file = file
    let end = try Self.endOffset(file)
    var cursor = try ByteCursor(file.bytes, source: file.path, offset: end + 4)
    let disks = (try cursor.integer(UInt16.self), try cursor.integer(UInt16.self))
    var here = Int(try cursor.integer(UInt16.self))
    var count = Int(try cursor.integer(UInt16.self))
    var size = Int(try cursor.integer(UInt32.self))
    var offset = Int(try cursor.integer(UInt32.self))
    var limit = end
    let needs64 = count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff
    if needs64, let end64 = try Self.end64Offset(file, before: end) {
      var cursor = try ByteCursor(file.bytes, source: file.path, offset: end64 + 24)
      here = try cursor.count(as: UInt64.self)
      count = try cursor.count(as: UInt64.self)
      size = try cursor.count(as: UInt64.self)
      offset = try cursor.count(as: UInt64.self)
      limit = end64
    }
    guard disks == (0, 0), here == count, offset <= limit, size <= limit - offset,
      count <= size / Self.minimumRecordSize
    else {
      throw CheckpointError.damaged(
        source: file.path, reason: "the archive's table of contents does not fit the file")
    }
    self.offset = offset
    self.count = count
    self.size = size
  }

  /// The listed entries.
  func records() throws -> [ZipRecord] {
    let directory = UnsafeRawBufferPointer(rebasing: file.bytes[..<(offset + size)])
    var cursor = try ByteCursor(directory, source: file.path, offset: offset)
    var records: [ZipRecord] = []
    records.reserveCapacity(count)
    for _ in 0..<count { records.append(try ZipRecord(&cursor)) }
    return records
  }

  private static func endOffset(_ file: MappedFile) throws -> Int {
    // The comment after the record is at most 65,535 bytes; PyTorch writes none.
    let last = file.bytes.count - endSize
    guard last >= 0 else {
      throw CheckpointError.truncated(source: file.path, offset: file.bytes.count, needed: -last)
    }
    for offset in stride(from: last, through: max(0, last - 0xffff), by: -1) {
      let bytes = file.bytes
      guard
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
          == endSignature
      else { continue }
      let comment = bytes.loadUnaligned(fromByteOffset: offset + 20, as: UInt16.self)
      if offset + endSize + Int(UInt16(littleEndian: comment)) == bytes.count { return offset }
    }
    throw CheckpointError.damaged(
      source: file.path,
      reason: "the table of contents at the archive's end is missing, so the file is incomplete")
  }

  private static func end64Offset(_ file: MappedFile, before end: Int) throws -> Int? {
    guard end >= locatorSize else { return nil }
    var cursor = try ByteCursor(file.bytes, source: file.path, offset: end - locatorSize)
    guard try cursor.integer(UInt32.self) == locatorSignature else { return nil }
    _ = try cursor.take(4)
    let offset = try cursor.count(as: UInt64.self)
    guard offset <= end - locatorSize else {
      throw CheckpointError.damaged(source: file.path, reason: "its 64-bit directory is outside it")
    }
    var record = try ByteCursor(file.bytes, source: file.path, offset: offset)
    guard try record.integer(UInt32.self) == end64Signature else {
      throw CheckpointError.damaged(source: file.path, reason: "its 64-bit directory is missing")
    }
    return offset
  }
}
