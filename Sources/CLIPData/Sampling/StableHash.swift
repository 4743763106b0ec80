package import Foundation

/// A hash that is the same on every machine and in every run, unlike Swift's `Hasher`.
///
/// It keeps no secrets.
package enum StableHash {
  /// Mixes a word into a state (the finaliser of MurmurHash3 by Austin Appleby, with a multiply before).
  package static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    var value = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 33
    value &*= 0xFF51_AFD7_ED55_8CCD
    value ^= value >> 33
    value &*= 0xC4CE_B9FE_1A85_EC53
    return value ^ value >> 33
  }

  /// Hashes bytes, eight at a time.
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state = UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      state = mix(state, UInt64(littleEndian: word))
      offset += 8
    }
    var tail: UInt64 = 0
    for byte in bytes[offset...] { tail = tail << 8 | UInt64(byte) }
    return mix(state, tail)
  }

  /// Hashes a text.
  package static func hash(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
  }

  /// Hashes a file's content.
  package static func hash(_ data: Data) -> UInt64 { data.withUnsafeBytes { hash($0) } }
}
