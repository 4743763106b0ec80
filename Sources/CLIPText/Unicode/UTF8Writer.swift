/// Writes code points as UTF-8.
enum UTF8Writer {
  /// The bytes of a code point, one to four.
  static func bytes(of scalar: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    forEachByte(of: scalar) { bytes.append($0) }
    return bytes
  }

  /// Calls `body` for each byte of a code point.
  @inline(__always)
  static func forEachByte(of scalar: UInt32, _ body: (UInt8) -> Void) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift & 0x3F)) }
    switch scalar {
    case ..<0x80: body(UInt8(scalar))
    case ..<0x800:
      body(UInt8(0xC0 | scalar >> 6))
      body(tail(0))
    case ..<0x10000:
      body(UInt8(0xE0 | scalar >> 12))
      body(tail(6))
      body(tail(0))
    default:
      body(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
      body(tail(12))
      body(tail(6))
      body(tail(0))
    }
  }
}
