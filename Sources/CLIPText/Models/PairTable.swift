/// The merges of a byte-pair encoding, in a hash table with open addressing.
struct PairTable: Sendable {
  /// What becomes of two neighbouring pieces.
  struct Merge: Sendable {
    /// The lower, the earlier.
    var rank: UInt32
    var id: Int32

    /// They stay two.
    static let none = Merge(rank: .max, id: -1)
  }

  private struct Entry: Sendable {
    var key: UInt64
    var merge: Merge

    static let none = Entry(key: .max, merge: .none)
  }

  private var entries: [Entry]
  private var shift: UInt64

  /// - Parameter count: How many merges there will be at most.
  init(count: Int) {
    let bits = max(4, UInt64(Int.bitWidth - (2 * count).leadingZeroBitCount))
    entries = Array(repeating: .none, count: 1 << bits)
    shift = 64 - bits
  }

  /// Adds a merge, in place of an earlier one of the same two.
  mutating func insert(_ first: Int32, _ second: Int32, _ merge: Merge) {
    let key = Self.key(first, second)
    entries[slot(key)] = Entry(key: key, merge: merge)
  }

  /// What becomes of two neighbours.
  @inline(__always)
  func merge(_ first: Int32, _ second: Int32) -> Merge {
    entries[slot(Self.key(first, second))].merge
  }

  @inline(__always)
  private static func key(_ first: Int32, _ second: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    let mask = entries.count - 1
    let mixed = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed >> shift)
    while entries[slot].key != .max, entries[slot].key != key { slot = (slot + 1) & mask }
    return slot
  }
}
