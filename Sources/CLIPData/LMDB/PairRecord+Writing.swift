/// A pair as the original stores it: Python's pickle of the tuple `(image_id, text_id, text)`.
package enum PairRecord {
  /// The bytes that Python 3.8 to 3.13 write for the tuple (protocol 4).
  package static func encode(_ pair: CaptionPair) -> [UInt8] {
    var body: [UInt8] = []
    appendInteger(pair.imageID, to: &body)
    appendInteger(pair.textID, to: &body)
    appendString(pair.text, to: &body)
    body += [Opcode.memoize, Opcode.tuple3, Opcode.memoize, Opcode.stop]
    var record: [UInt8] = [Opcode.protocolVersion, 4, Opcode.frame]
    appendLittleEndian(UInt64(body.count), to: &record)
    return record + body
  }

  private enum Opcode {
    static let protocolVersion: UInt8 = 0x80
    static let frame: UInt8 = 0x95
    static let integer4: UInt8 = 0x4A
    static let integer1: UInt8 = 0x4B
    static let integer2: UInt8 = 0x4D
    static let long1: UInt8 = 0x8A
    static let string4: UInt8 = 0x58
    static let string1: UInt8 = 0x8C
    static let memoize: UInt8 = 0x94
    static let tuple3: UInt8 = 0x87
    static let stop: UInt8 = 0x2E
  }

  private static func appendInteger(_ value: Int64, to bytes: inout [UInt8]) {
    if let small = UInt8(exactly: value) {
      bytes += [Opcode.integer1, small]
    } else if let medium = UInt16(exactly: value) {
      bytes.append(Opcode.integer2)
      appendLittleEndian(medium, to: &bytes)
    } else if let large = Int32(exactly: value) {
      bytes.append(Opcode.integer4)
      appendLittleEndian(large, to: &bytes)
    } else {
      // Two's complement in as few bytes as hold the sign.
      let magnitudeBits = Int64.bitWidth - (value < 0 ? ~value : value).leadingZeroBitCount
      let count = magnitudeBits / 8 + 1
      bytes += [Opcode.long1, UInt8(count)]
      bytes += withUnsafeBytes(of: value.littleEndian) { Array($0.prefix(count)) }
    }
  }

  private static func appendString(_ text: String, to bytes: inout [UInt8]) {
    let utf8 = text.utf8
    if let count = UInt8(exactly: utf8.count) {
      bytes += [Opcode.string1, count]
    } else {
      bytes.append(Opcode.string4)
      appendLittleEndian(UInt32(clamping: utf8.count), to: &bytes)
    }
    bytes += utf8
  }

  private static func appendLittleEndian(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
