/// The checksum of zip archives (ISO 3309, polynomial 0xEDB88320), eight bytes at a time.
struct CRC32 {
  private var state: UInt32 = .max

  /// The checksum of everything so far.
  var value: UInt32 { ~state }

  /// Takes in more bytes.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      guard let table = tables.baseAddress else { return }
      // `effect(k, x)` is what the lowest byte of x does when k bytes follow it.
      func effect(_ following: Int, _ value: UInt64) -> UInt32 {
        table[following << 8 | Int(truncatingIfNeeded: value & 0xff)]
      }
      var offset = 0
      while offset + 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
          ^ UInt64(crc)
        let first = effect(7, word) ^ effect(6, word >> 8) ^ effect(5, word >> 16)
        let second = effect(4, word >> 24) ^ effect(3, word >> 32) ^ effect(2, word >> 40)
        crc = first ^ second ^ effect(1, word >> 48) ^ effect(0, word >> 56)
        offset += 8
      }
      for index in offset..<bytes.count {
        crc = effect(0, UInt64(crc) ^ UInt64(bytes[index])) ^ crc >> 8
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
