/// A regular expression of the kind that tokenizers are split by: alternatives, each a row of classes
/// with counts, such as `'s|'t| ?\p{L}+|\s+(?!\S)|\s+`.
///
/// Nothing has to be tried twice in such a row, so a text is read in linear time: a class that takes
/// as much as it can never takes what the next one needs. ``PatternParser`` refuses what is not so.
struct SplitPattern: Sendable {
  /// A class of a row, and how often it stands there.
  struct Run: Sendable {
    var scalars: ScalarClass
    var counts: ClosedRange<Int> = 1...1
    /// `(?!\S)` after `\s+`: the last space stays with a word that follows.
    var leavesLastSpace = false
  }

  /// The alternatives in their order; the first that matches wins, as in Oniguruma.
  let alternatives: [[Run]]
  private let facts: ScalarFacts
  /// For each code point of ASCII the alternatives that can begin with it, as bits.
  private let firstOfASCII: [UInt64]
  /// The alternatives once more, in arrays of plain values: where each begins, and its runs.
  private let starts: [Int]
  private let steps: [Step]
  private let ranges: [ClosedRange<UInt32>]

  /// A run in a form that costs nothing to look at.
  private struct Step: Sendable {
    var flags: ScalarFacts.Flags
    var isNegated: Bool
    var leavesLastSpace: Bool
    var ranges: Range<Int>
    var least: Int
    var most: Int
  }

  /// At most so many alternatives, one bit each.
  static let maximumAlternatives = 64

  init(_ alternatives: [[Run]], _ facts: ScalarFacts = .shared) {
    self.alternatives = alternatives
    self.facts = facts
    var starts = [0]
    var steps: [Step] = []
    var ranges: [ClosedRange<UInt32>] = []
    for runs in alternatives {
      for run in runs {
        let scalars = run.scalars
        steps.append(
          Step(
            flags: scalars.flags, isNegated: scalars.isNegated,
            leavesLastSpace: run.leavesLastSpace,
            ranges: ranges.count..<ranges.count + scalars.ranges.count,
            least: run.counts.lowerBound, most: run.counts.upperBound))
        ranges += scalars.ranges
      }
      starts.append(steps.count)
    }
    (self.starts, self.steps, self.ranges) = (starts, steps, ranges)
    firstOfASCII = (UInt32(0)..<0x80).map { Self.beginning(alternatives, $0, facts[$0]) }
  }

  /// A text as it stands.
  init(literal: [UInt32]) {
    self.init([literal.map { Run(scalars: ScalarClass(ranges: [$0...$0])) }])
  }

  /// The one code point that it matches, if it is no more than that.
  var singleScalar: UInt32? {
    guard alternatives.count == 1, alternatives[0].count == 1 else { return nil }
    let run = alternatives[0][0]
    guard run.counts == 1...1, run.scalars.flags.isEmpty, !run.scalars.isNegated,
      run.scalars.ranges.count == 1
    else { return nil }
    let range = run.scalars.ranges[0]
    return range.count == 1 ? range.lowerBound : nil
  }

  /// Where the match ends that begins at a place; nil: none begins there.
  @inline(__always)
  func match(in scalars: UnsafeBufferPointer<UInt32>, at start: Int, end: Int) -> Int? {
    let scalar = scalars[start]
    var candidates =
      scalar < 0x80
      ? firstOfASCII[Int(scalar)] : Self.beginning(alternatives, scalar, facts[scalar])
    while candidates != 0 {
      let index = candidates.trailingZeroBitCount
      candidates &= candidates - 1
      if let end = match(index, in: scalars, at: start, end: end) { return end }
    }
    return nil
  }

  @inline(__always)
  private func match(
    _ alternative: Int, in scalars: UnsafeBufferPointer<UInt32>, at start: Int, end: Int
  ) -> Int? {
    var place = start
    for index in starts[alternative]..<starts[alternative + 1] {
      let step = steps[index]
      let first = place
      let limit = step.most > end - place ? end : place + step.most
      while place < limit, contains(scalars[place], step) { place += 1 }
      if step.leavesLastSpace, place < end { place -= 1 }
      guard place - first >= step.least else { return nil }
    }
    return place
  }

  @inline(__always)
  private func contains(_ scalar: UInt32, _ step: Step) -> Bool {
    if !facts[scalar].isDisjoint(with: step.flags) { return !step.isNegated }
    for index in step.ranges where ranges[index].contains(scalar) { return !step.isNegated }
    return step.isNegated
  }

  private static func beginning(
    _ alternatives: [[Run]], _ scalar: UInt32, _ flags: ScalarFacts.Flags
  ) -> UInt64 {
    var bits: UInt64 = 0
    for (index, runs) in alternatives.enumerated() {
      for run in runs {
        if run.scalars.contains(scalar, flags) {
          bits |= 1 << UInt64(index)
          break
        }
        if run.counts.lowerBound > 0 { break }
      }
    }
    return bits
  }
}
