/// SHA-256 of bytes that come in pieces.
///
/// A fingerprint is all that this library hashes, and no reason to link OpenSSL for.
/// Source: NIST, FIPS 180-4, section 6.2.
package struct SHA256 {
  private static let blockSize = 64

  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  /// Bytes of a block that is not whole yet.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    pending.append(contentsOf: bytes)
    absorb()
  }

  package mutating func update(_ text: String) {
    Array(text.utf8).withUnsafeBytes { update($0) }
  }

  /// The digest in hexadecimal digits; the hash is used up.
  package consuming func finalize() -> String {
    let bits = byteCount * 8
    pending.append(0x80)
    while pending.count % Self.blockSize != Self.blockSize - 8 { pending.append(0) }
    withUnsafeBytes(of: bits.bigEndian) { pending.append(contentsOf: $0) }
    absorb()
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Works on all whole blocks that wait.
  private mutating func absorb() {
    let whole = pending.count / Self.blockSize * Self.blockSize
    pending.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      state.withUnsafeMutableBufferPointer { state in
        Self.constants.withUnsafeBufferPointer { constants in
          guard let state = state.baseAddress, let constants = constants.baseAddress else { return }
          for start in stride(from: 0, to: whole, by: Self.blockSize) {
            Self.absorb(base + start, into: state, constants)
          }
        }
      }
    }
    pending.removeFirst(whole)
  }

  // Pointers and masking shifts: a debug build hashes as often as any other.
  private static func absorb(
    _ block: UnsafeRawPointer, into state: UnsafeMutablePointer<UInt32>,
    _ constants: UnsafePointer<UInt32>
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { buffer in
      guard let schedule = buffer.baseAddress else { return }
      var index = 0
      while index < 64 {
        if index < 16 {
          schedule[index] = UInt32(
            bigEndian: block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
        } else {
          let (early, late) = (schedule[index - 15], schedule[index - 2])
          schedule[index] =
            schedule[index - 16] &+ schedule[index - 7]
            &+ (rotated(early, 7) ^ rotated(early, 18) ^ early &>> 3)
            &+ (rotated(late, 17) ^ rotated(late, 19) ^ late &>> 10)
        }
        index += 1
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      index = 0
      while index < 64 {
        let choice = (e & f) ^ (~e & g)
        let first =
          h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice &+ constants[index]
          &+ schedule[index]
        let majority = (a & b) ^ (a & c) ^ (b & c)
        let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
        (h, g, f, e) = (g, f, e, d &+ first)
        (d, c, b, a) = (c, b, a, first &+ second)
        index += 1
      }
      state[0] &+= a
      state[1] &+= b
      state[2] &+= c
      state[3] &+= d
      state[4] &+= e
      state[5] &+= f
      state[6] &+= g
      state[7] &+= h
    }
  }

  private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word &>> bits | word &<< (32 &- bits)
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
