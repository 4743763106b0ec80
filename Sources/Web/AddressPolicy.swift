import Foundation

/// Tells public addresses from those of this machine and its networks.
package enum AddressPolicy {
  /// Whether a numeric IPv4 or IPv6 address belongs to the public internet.
  ///
  /// What cannot be read is not public.
  package static func isPublic(_ address: String) -> Bool {
    var four = [UInt8](repeating: 0, count: 4)
    if inet_pton(AF_INET, address, &four) == 1 {
      return isPublic(v4: four.reduce(0) { $0 << 8 | UInt32($1) })
    }
    var six = [UInt8](repeating: 0, count: 16)
    guard inet_pton(AF_INET6, address, &six) == 1 else { return false }
    return isPublic(v6: six)
  }

  /// Ranges that IANA keeps for special purposes: base address and length of the prefix.
  private static let special: [(UInt32, UInt32)] = [
    (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
    (0xac10_0000, 12), (0xc000_0000, 24), (0xc000_0200, 24), (0xc058_6300, 24),
    (0xc0a8_0000, 16), (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24),
    (0xe000_0000, 4), (0xf000_0000, 4),
  ]

  private static func isPublic(v4 address: UInt32) -> Bool {
    !special.contains { base, length in address >> (32 - length) == base >> (32 - length) }
  }

  private static func isPublic(v6 bytes: [UInt8]) -> Bool {
    func v4(_ start: Int) -> UInt32 {
      bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    if isMapped { return isPublic(v4: v4(12)) }
    // Addresses that carry an IPv4 address inside: NAT64 and 6to4.
    if bytes[0..<12] == [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] {
      return isPublic(v4: v4(12))
    }
    if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublic(v4: v4(2)) }
    // 2000::/3 is all that is routed; of it, 2001::/23 and the documentation range are special.
    guard bytes[0] & 0xe0 == 0x20 else { return false }
    if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 2 { return false }
    // Documentation: 2001:db8::/32 and 3fff::/20.
    if bytes[0] == 0x3f, bytes[1] == 0xff, bytes[2] < 0x10 { return false }
    return !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8)
  }
}
