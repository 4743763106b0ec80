/// A set of slots of one segment, a bit each.
package struct SlotSet: Sendable {
  private var words: [UInt64]
  /// How many slots are in the set.
  package private(set) var population = 0

  /// An empty set for slots below `count`.
  package init(count: Int) {
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  /// Puts a slot into the set.
  package mutating func insert(_ slot: Int) {
    guard !contains(slot) else { return }
    words[slot / 64] |= 1 << UInt64(slot % 64)
    population += 1
  }

  /// Whether a slot is in the set.
  package func contains(_ slot: Int) -> Bool {
    words[slot / 64] & (1 << UInt64(slot % 64)) != 0
  }
}
