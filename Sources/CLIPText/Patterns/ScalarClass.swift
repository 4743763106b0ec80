/// A set of code points as a pattern writes it: `a`, `\s`, `\p{L}`, `[^\s\p{L}\p{N}]`.
struct ScalarClass: Sendable, Equatable {
  /// Code points with any of these facts, and these besides.
  var flags: ScalarFacts.Flags = []
  var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false

  init(flags: ScalarFacts.Flags = [], ranges: [ClosedRange<UInt32>] = []) {
    self.flags = flags
    self.ranges = ranges
  }

  static let space = ScalarClass(flags: .space)

  @inline(__always)
  func contains(_ scalar: UInt32, _ facts: ScalarFacts.Flags) -> Bool {
    if !facts.isDisjoint(with: flags) { return !isNegated }
    for range in ranges where range.contains(scalar) { return !isNegated }
    return isNegated
  }

  /// Whether no code point is in both.
  func isDisjoint(with other: ScalarClass, _ facts: ScalarFacts) -> Bool {
    for (one, another) in [(self, other), (other, self)] where one.isSmall {
      return one.ranges.allSatisfy { range in
        range.allSatisfy { !another.contains($0, facts[$0]) }
      }
    }
    return (UInt32(0)..<0x110000).allSatisfy {
      let flags = facts[$0]
      return !(contains($0, flags) && other.contains($0, flags))
    }
  }

  /// Whether it is a list of some code points.
  private var isSmall: Bool {
    !isNegated && flags.isEmpty && ranges.reduce(0) { $0 + $1.count } < 1024
  }
}
