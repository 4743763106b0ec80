/// The checksum of zip archives (ISO 3309, polynomial 0xEDB88320), eight bytes at a time.
struct CRC32 {
  private var state: UInt32 = .max

  /// The checksum of everything so far.
  var value: UInt32 { ~state }

  /// Takes in more bytes.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      var offset = 0
      while offset + 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
          ^ UInt64(crc)
        crc = 0
        for byte in 0..<8 {
          crc ^= tables[(7 - byte) * 256 + Int(truncatingIfNeeded: word >> (8 * byte) & 0xff)]
        }
        offset += 8
      }
      for index in offset..<bytes.count {
        crc = tables[Int((crc ^ UInt32(bytes[index])) & 0xff)] ^ crc >> 8
      }
    }
    state = crc
  }

  /// `tables[256 * k + b]` is the effect of the byte `b` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in
        crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1
      }
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = tables[Int(previous & 0xff)] ^ previous >> 8
    }
    return tables
  }()
}
