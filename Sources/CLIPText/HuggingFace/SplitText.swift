/// A normalised text while a tokenizer splits it into words.
struct SplitText {
  private(set) var scalars: [UInt32] = []
  /// Where the words stand; none is empty, and between them may be what was removed.
  private(set) var words: [Range<Int>] = []
  /// How many code points stand for the first of the source.
  private var leadingCount = 0
  private var spareScalars: [UInt32] = []
  private var spareWords: [Range<Int>] = []
  private var matches: [Match] = []

  private struct Match {
    var range: Range<Int>
    var isMatch: Bool
  }

  init() {}

  /// Takes another text, one word so far.
  mutating func reset(to text: ArraySlice<UInt32>, leadingCount: Int) {
    scalars.removeAll(keepingCapacity: true)
    scalars.append(contentsOf: text)
    words.removeAll(keepingCapacity: true)
    if !text.isEmpty { words.append(0..<text.count) }
    self.leadingCount = leadingCount
  }

  /// Applies a pre-tokenizer.
  mutating func apply(_ step: PreTokenizerStep, _ facts: ScalarFacts) {
    switch step {
    case .split(let matcher, let behavior, let isInverted):
      split(matcher, behavior, isInverted, facts)
    case .prefixSpace:
      prepend(0x20) { scalars, word in scalars[word.lowerBound] != 0x20 }
    case .encodeBytes: encodeBytes()
    case .metaspace(let replacement, let scheme, let splits):
      for index in scalars.indices where scalars[index] == 0x20 { scalars[index] = replacement }
      if scheme != .never {
        let isFirstAlone = scheme == .first
        let leadingCount = leadingCount
        prepend(replacement) { scalars, word in
          let isOpen = !isFirstAlone || word.lowerBound < leadingCount
          return isOpen && scalars[word.lowerBound] != replacement
        }
      }
      if splits { splitBefore(replacement) }
    }
  }

  // MARK: Splitting

  private mutating func split(
    _ matcher: PreTokenizerStep.Matcher, _ behavior: SplitBehavior, _ isInverted: Bool,
    _ facts: ScalarFacts
  ) {
    spareWords.removeAll(keepingCapacity: true)
    for word in words {
      if behavior == .removed || behavior == .isolated {
        find(matcher, in: word, facts) { range, isMatch in
          if behavior == .isolated || isMatch == isInverted { spareWords.append(range) }
        }
      } else {
        matches.removeAll(keepingCapacity: true)
        find(matcher, in: word, facts) { range, isMatch in
          matches.append(Match(range: range, isMatch: isMatch != isInverted))
        }
        merge(behavior)
      }
    }
    swap(&words, &spareWords)
  }

  /// Calls `body` for every match in a word and for what is between them, in their order.
  @inline(__always)
  private func find(
    _ matcher: PreTokenizerStep.Matcher, in word: Range<Int>, _ facts: ScalarFacts,
    _ body: (Range<Int>, Bool) -> Void
  ) {
    scalars.withUnsafeBufferPointer { scalars in
      switch matcher {
      case .pattern(let pattern):
        Self.find(in: word, body) { pattern.match(in: scalars, at: $0, end: word.upperBound) }
      case .facts(let flags):
        Self.find(in: word, body) { facts[scalars[$0]].isDisjoint(with: flags) ? nil : $0 + 1 }
      case .wordsAndSigns:
        Self.find(in: word, body) {
          Self.runEnd(in: scalars, at: $0, end: word.upperBound, facts)
        }
      }
    }
  }

  @inline(__always)
  private static func find(
    in word: Range<Int>, _ body: (Range<Int>, Bool) -> Void, _ matchEnd: (Int) -> Int?
  ) {
    var place = word.lowerBound
    var previous = place
    while place < word.upperBound {
      guard let end = matchEnd(place) else {
        place += 1
        continue
      }
      if previous < place { body(previous..<place, false) }
      body(place..<end, true)
      place = end
      previous = end
    }
    if previous < word.upperBound { body(previous..<word.upperBound, false) }
  }

  /// Where a run of `\w` or of `[^\w\s]` ends.
  private static func runEnd(
    in scalars: UnsafeBufferPointer<UInt32>, at start: Int, end: Int, _ facts: ScalarFacts
  ) -> Int? {
    let flags = facts[scalars[start]]
    let isWord = flags.contains(.word)
    guard isWord || !flags.contains(.space) else { return nil }
    var place = start + 1
    while place < end {
      let flags = facts[scalars[place]]
      guard flags.contains(.word) == isWord, isWord || !flags.contains(.space) else { break }
      place += 1
    }
    return place
  }

  /// Joins matches with their neighbours.
  private mutating func merge(_ behavior: SplitBehavior) {
    let first = spareWords.count
    var previous = false
    switch behavior {
    case .contiguous:
      for match in matches {
        if match.isMatch == previous, spareWords.count > first {
          extendLast(to: match.range.upperBound)
        } else {
          spareWords.append(match.range)
        }
        previous = match.isMatch
      }
    case .mergedWithPrevious:
      for match in matches {
        if match.isMatch, !previous, spareWords.count > first {
          extendLast(to: match.range.upperBound)
        } else {
          spareWords.append(match.range)
        }
        previous = match.isMatch
      }
    default:
      for match in matches.reversed() {
        if match.isMatch, !previous, let last = spareWords.last, spareWords.count > first {
          spareWords[spareWords.count - 1] = match.range.lowerBound..<last.upperBound
        } else {
          spareWords.append(match.range)
        }
        previous = match.isMatch
      }
      spareWords[first...].reverse()
    }
  }

  private mutating func extendLast(to end: Int) {
    spareWords[spareWords.count - 1] = spareWords[spareWords.count - 1].lowerBound..<end
  }

  /// Splits every word before each place that has the code point.
  private mutating func splitBefore(_ scalar: UInt32) {
    spareWords.removeAll(keepingCapacity: true)
    for word in words {
      var start = word.lowerBound
      for place in word.dropFirst() where scalars[place] == scalar {
        spareWords.append(start..<place)
        start = place
      }
      spareWords.append(start..<word.upperBound)
    }
    swap(&words, &spareWords)
  }

  // MARK: Rewriting

  /// Puts a code point before words.
  private mutating func prepend(_ scalar: UInt32, where isWanted: ([UInt32], Range<Int>) -> Bool) {
    rewrite { scalars, word, result in
      if isWanted(scalars, word) { result.append(scalar) }
      result.append(contentsOf: scalars[word])
    }
  }

  private mutating func encodeBytes() {
    rewrite { scalars, word, result in
      for scalar in scalars[word] { ByteLevel.append(scalar, to: &result) }
    }
  }

  /// Writes every word anew; what was removed goes.
  @inline(__always)
  private mutating func rewrite(_ body: ([UInt32], Range<Int>, inout [UInt32]) -> Void) {
    spareScalars.removeAll(keepingCapacity: true)
    for index in words.indices {
      let start = spareScalars.count
      body(scalars, words[index], &spareScalars)
      words[index] = start..<spareScalars.count
    }
    swap(&scalars, &spareScalars)
  }
}
