/// A position in bytes that never passes their end.
struct ByteCursor {
  /// What is read.
  let bytes: UnsafeRawBufferPointer
  /// The name of what is read, for messages.
  let source: String
  /// The next byte to read.
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, source: String, offset: Int = 0) throws {
    guard (0...bytes.count).contains(offset) else {
      throw CheckpointError.truncated(source: source, offset: bytes.count, needed: 1)
    }
    self.bytes = bytes
    self.source = source
    self.offset = offset
  }

  /// Bytes that are left.
  var remaining: Int { bytes.count - offset }

  /// The next `count` bytes, without copying.
  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else {
      throw CheckpointError.truncated(source: source, offset: offset, needed: max(count, 1))
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// The next little-endian integer.
  mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws -> Value {
    Value(littleEndian: try take(Value.bitWidth / 8).loadUnaligned(as: Value.self))
  }

  /// A little-endian count of up to 64 bits, refused when `Int` cannot hold it.
  mutating func count<Value: FixedWidthInteger>(as _: Value.Type) throws -> Int {
    let start = offset
    guard let value = Int(exactly: try integer(Value.self)), value >= 0 else {
      throw CheckpointError.damaged(source: source, reason: "a count at byte \(start) is absurd")
    }
    return value
  }

  /// The bytes up to the next line feed, which is passed.
  mutating func line() throws -> UnsafeRawBufferPointer {
    let rest = bytes[offset...]
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw CheckpointError.truncated(source: source, offset: bytes.count, needed: 1)
    }
    let result = try take(end - offset)
    offset += 1
    return result
  }
}
