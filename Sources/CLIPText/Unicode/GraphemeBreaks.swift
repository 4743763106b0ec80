/// Grapheme_Cluster_Break; the raw values stand in `ScalarData`.
enum GraphemeClass: UInt32 {
  case other, carriageReturn, lineFeed, control, extender, joiner, regionalIndicator, prepended
  case spacingMark, leadingJamo, vowelJamo, trailingJamo, openSyllable, closedSyllable

  fileprivate var isControl: Bool {
    self == .control || self == .carriageReturn || self == .lineFeed
  }
}

/// Extended grapheme clusters (Unicode annex 29), which `Precompiled` looks up as a whole.
struct GraphemeBreaks: Sendable {
  let facts: ScalarFacts

  init(_ facts: ScalarFacts) { self.facts = facts }

  /// Where the cluster ends that begins at a place.
  func end(in scalars: UnsafeBufferPointer<UInt32>, from start: Int) -> Int {
    var cluster = Cluster(facts[scalars[start]])
    var end = start + 1
    while end < scalars.count, cluster.takes(facts[scalars[end]]) { end += 1 }
    return end
  }

  /// What the rules remember of a cluster.
  private struct Cluster {
    private var last: GraphemeClass
    private var regionalIndicators: Int
    /// Whether it ends with a pictograph and extenders, and then with a joiner.
    private var isPictograph: Bool
    private var isJoined = false
    /// Whether it ends with a consonant, its extenders and linkers, and whether one was a linker.
    private var isConjunct: Bool
    private var isLinked = false

    init(_ flags: ScalarFacts.Flags) {
      last = flags.graphemeClass
      regionalIndicators = last == .regionalIndicator ? 1 : 0
      isPictograph = flags.contains(.pictograph)
      isConjunct = flags.contains(.conjunctConsonant)
    }

    /// Takes the next code point into the cluster, or says that it begins another.
    mutating func takes(_ flags: ScalarFacts.Flags) -> Bool {
      let next = flags.graphemeClass
      guard isJoinedWith(next, flags) else { return false }
      regionalIndicators += next == .regionalIndicator ? 1 : 0
      isJoined = isPictograph && next == .joiner
      if flags.contains(.pictograph) {
        isPictograph = true
      } else if next != .extender, next != .joiner {
        isPictograph = false
      }
      if flags.contains(.conjunctConsonant) {
        (isConjunct, isLinked) = (true, false)
      } else if flags.contains(.conjunctLinker) {
        isLinked = isConjunct
      } else if !flags.contains(.conjunctExtender) {
        (isConjunct, isLinked) = (false, false)
      }
      last = next
      return true
    }

    private func isJoinedWith(_ next: GraphemeClass, _ flags: ScalarFacts.Flags) -> Bool {
      if last == .carriageReturn, next == .lineFeed { return true }
      if last.isControl || next.isControl { return false }
      switch (last, next) {
      case (.leadingJamo, .leadingJamo), (.leadingJamo, .vowelJamo),
        (.leadingJamo, .openSyllable), (.leadingJamo, .closedSyllable),
        (.openSyllable, .vowelJamo), (.openSyllable, .trailingJamo),
        (.vowelJamo, .vowelJamo), (.vowelJamo, .trailingJamo),
        (.closedSyllable, .trailingJamo), (.trailingJamo, .trailingJamo):
        return true
      case (_, .extender), (_, .joiner), (_, .spacingMark), (.prepended, _): return true
      default: break
      }
      if isLinked, flags.contains(.conjunctConsonant) { return true }
      if isJoined, flags.contains(.pictograph) { return true }
      return last == .regionalIndicator && next == .regionalIndicator
        && regionalIndicators % 2 == 1
    }
  }
}
