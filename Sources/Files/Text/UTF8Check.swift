/// Looks for bytes that are not UTF-8.
package enum UTF8Check {
  /// Where the first byte lies that begins no character; nil if all do.
  package static func firstInvalid(in bytes: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while position < bytes.count {
      if position + 8 <= bytes.count,
        bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        position += 8
        continue
      }
      let length = length(at: position, in: bytes)
      guard length > 0 else { return position }
      position += length
    }
    return nil
  }

  /// Bytes of the character at a place; 0 if there is none.
  package static func length(at position: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    let first = bytes[position]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
    for index in position + 2..<max(position + 2, position + length)
    where !(0x80...0xBF).contains(bytes[index]) {
      return 0
    }
    return length
  }
}

extension String {
  /// A name as the file system or an archive has it: bytes that are not UTF-8 are shown as `\xb0`, so
  /// that two names never become one.
  package init(escapingInvalid bytes: UnsafeRawBufferPointer) {
    var content: [UInt8] = []
    content.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      let length = UTF8Check.length(at: position, in: bytes)
      if length > 0 {
        content += bytes[position..<position + length]
      } else {
        let digits = String(bytes[position], radix: 16)
        content += Array("\\x".utf8) + Array(digits.utf8)
      }
      position += length > 0 ? length : 1
    }
    self = String(decoding: content, as: UTF8.self)
  }
}
