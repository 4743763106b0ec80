/// Reads code points from bytes and passes over what is not UTF-8, as Python's
/// `bytes.decode("utf-8", "ignore")` does.
enum UTF8Reader {
  /// The next code point at or after `position`, which moves behind it; nil at the end.
  ///
  /// A malformed sequence is left byte by byte: its remaining bytes cannot begin a code point, so
  /// the result is the same as that of dropping the sequence at once.
  @inline(__always)
  static func next(in bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt32? {
    while position < bytes.count {
      let lead = bytes[position]
      if lead < 0x80 {
        position += 1
        return UInt32(lead)
      }
      if let (scalar, length) = multibyte(in: bytes, at: position) {
        position += length
        return scalar
      }
      position += 1
    }
    return nil
  }

  /// The last code point that ends at or before `position`, which moves to its first byte; nil when
  /// there is none.
  ///
  /// A byte that can begin a code point never continues another one, so reading backwards finds
  /// exactly what reading forwards finds.
  static func previous(in bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt32? {
    while position > 0 {
      position -= 1
      let byte = bytes[position]
      if byte < 0x80 { return UInt32(byte) }
      if let (scalar, _) = multibyte(in: bytes, at: position) { return scalar }
    }
    return nil
  }

  /// The code point of two to four bytes that begins at `position`, and its length.
  @inline(__always)
  private static func multibyte(
    in bytes: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (scalar: UInt32, length: Int)? {
    let lead = UInt32(bytes[position])
    let left = bytes.count - position
    guard lead >= 0xC2, left >= 2, let second = continuation(bytes[position + 1]) else {
      return nil
    }
    if lead < 0xE0 {
      return ((lead & 0x1F) << 6 | second, 2)
    }
    guard left >= 3, let third = continuation(bytes[position + 2]) else { return nil }
    if lead < 0xF0 {
      let scalar = (lead & 0x0F) << 12 | second << 6 | third
      let isScalar = scalar >= 0x800 && !(0xD800...0xDFFF).contains(scalar)
      return isScalar ? (scalar, 3) : nil
    }
    guard lead < 0xF5, left >= 4, let fourth = continuation(bytes[position + 3]) else {
      return nil
    }
    let scalar = (lead & 0x07) << 18 | second << 12 | third << 6 | fourth
    return (0x10000...0x10FFFF).contains(scalar) ? (scalar, 4) : nil
  }

  @inline(__always)
  private static func continuation(_ byte: UInt8) -> UInt32? {
    byte & 0xC0 == 0x80 ? UInt32(byte & 0x3F) : nil
  }
}
