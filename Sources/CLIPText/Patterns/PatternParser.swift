/// What a ``SplitPattern`` cannot say.
struct PatternProblem: Error {
  /// What is not read, as words for people.
  let message: String
}

/// Reads the regular expressions of `tokenizer.json`: alternatives of classes with counts.
///
/// Groups, anchors and whatever else would make a general engine are refused.
struct PatternParser {
  private let pattern: [Unicode.Scalar]
  private var place = 0
  private let facts: ScalarFacts

  /// The longest pattern that is read; real ones have a hundred characters.
  private static let maximumLength = 4096
  private static let maximumCount = 1000

  private init(_ pattern: String, _ facts: ScalarFacts) {
    self.pattern = Array(pattern.unicodeScalars)
    self.facts = facts
  }

  /// Reads a pattern.
  static func parse(
    _ pattern: String, _ facts: ScalarFacts = .shared
  ) throws(PatternProblem) -> SplitPattern {
    var parser = PatternParser(pattern, facts)
    guard parser.pattern.count <= maximumLength else {
      throw PatternProblem(message: "it has more than \(maximumLength) characters")
    }
    return SplitPattern(try parser.alternatives(), facts)
  }

  private mutating func alternatives() throws(PatternProblem) -> [[SplitPattern.Run]] {
    var alternatives: [[SplitPattern.Run]] = []
    repeat {
      alternatives.append(try row())
      guard alternatives.count <= SplitPattern.maximumAlternatives else {
        throw PatternProblem(
          message: "it has more than \(SplitPattern.maximumAlternatives) alternatives")
      }
    } while take("|")
    guard place == pattern.count else { throw problem() }
    return alternatives
  }

  private mutating func row() throws(PatternProblem) -> [SplitPattern.Run] {
    var runs: [SplitPattern.Run] = []
    while place < pattern.count, pattern[place] != "|" {
      if takeAll("(?!\\S)") {
        guard let last = runs.indices.last, runs[last].scalars == .space,
          runs[last].counts.upperBound == .max
        else { throw PatternProblem(message: "(?!\\S) stands elsewhere than behind \\s+") }
        runs[last].leavesLastSpace = true
        continue
      }
      if let last = runs.last, last.leavesLastSpace { throw problem() }
      runs.append(SplitPattern.Run(scalars: try atom(), counts: try counts()))
    }
    guard runs.contains(where: { $0.counts.lowerBound > 0 }) else {
      throw PatternProblem(message: "it matches the empty text")
    }
    try requireNoBacktracking(runs)
    return runs
  }

  /// A class of variable length must not take what a later one needs.
  private func requireNoBacktracking(_ runs: [SplitPattern.Run]) throws(PatternProblem) {
    for (index, run) in runs.enumerated() where run.counts.lowerBound < run.counts.upperBound {
      let rest = runs[(index + 1)...]
      guard let required = rest.firstIndex(where: { $0.counts.lowerBound > 0 }) else { continue }
      guard rest[...required].allSatisfy({ run.scalars.isDisjoint(with: $0.scalars, facts) }) else {
        throw PatternProblem(message: "two of its classes share characters, one after the other")
      }
    }
  }

  private mutating func atom() throws(PatternProblem) -> ScalarClass {
    let scalar = pattern[place]
    switch scalar {
    case "[": return try bracketed()
    case "\\":
      place += 1
      return try escape()
    case "(", ")", ".", "^", "$", "*", "+", "?", "{", "}", "]": throw problem()
    default:
      place += 1
      return ScalarClass(ranges: [scalar.value...scalar.value])
    }
  }

  /// How often the atom before stands; greedy counts alone.
  private mutating func counts() throws(PatternProblem) -> ClosedRange<Int> {
    let counts: ClosedRange<Int>
    if take("?") {
      counts = 0...1
    } else if take("*") {
      counts = 0...Int.max
    } else if take("+") {
      counts = 1...Int.max
    } else if take("{") {
      guard let least = number() else { throw problem() }
      if take(",") {
        let most = number() ?? Int.max
        guard most >= least else { throw problem() }
        counts = least...most
      } else {
        counts = least...least
      }
      guard take("}") else { throw problem() }
    } else {
      return 1...1
    }
    // Lazy and possessive counts.
    if place < pattern.count, ["?", "+", "*", "{"].contains(pattern[place]) { throw problem() }
    return counts
  }

  private mutating func bracketed() throws(PatternProblem) -> ScalarClass {
    place += 1
    var result = ScalarClass()
    result.isNegated = take("^")
    var isFirst = true
    while place < pattern.count, pattern[place] != "]" || isFirst {
      isFirst = false
      let scalar = pattern[place]
      place += 1
      // Oniguruma has sets of sets and classes by name in brackets.
      if scalar == "[" || (scalar == "&" && place < pattern.count && pattern[place] == "&") {
        throw problem()
      }
      var element = ScalarClass(ranges: [scalar.value...scalar.value])
      if scalar == "\\" { element = try escape() }
      if place + 1 < pattern.count, pattern[place] == "-", pattern[place + 1] != "]" {
        place += 1
        var last = ScalarClass(ranges: [pattern[place].value...pattern[place].value])
        place += 1
        if last.ranges[0].lowerBound == 0x5C { last = try escape() }
        guard element.flags.isEmpty, last.flags.isEmpty, !element.isNegated, !last.isNegated,
          element.ranges[0].lowerBound <= last.ranges[0].lowerBound
        else { throw problem() }
        element.ranges = [element.ranges[0].lowerBound...last.ranges[0].lowerBound]
      }
      guard !element.isNegated else { throw problem() }
      result.flags.formUnion(element.flags)
      result.ranges += element.ranges
    }
    guard take("]"), !(result.flags.isEmpty && result.ranges.isEmpty) else { throw problem() }
    return result
  }

  /// What stands behind a backslash.
  private mutating func escape() throws(PatternProblem) -> ScalarClass {
    guard place < pattern.count else { throw problem() }
    if takeAll("p{L}") { return ScalarClass(flags: .letter) }
    if takeAll("p{N}") { return ScalarClass(flags: .number) }
    let scalar = pattern[place]
    place += 1
    switch scalar {
    case "s": return .space
    case "S":
      var text = ScalarClass.space
      text.isNegated = true
      return text
    case "n": return ScalarClass(ranges: [0x0A...0x0A])
    case "r": return ScalarClass(ranges: [0x0D...0x0D])
    case "t": return ScalarClass(ranges: [0x09...0x09])
    case "f": return ScalarClass(ranges: [0x0C...0x0C])
    case "v": return ScalarClass(ranges: [0x0B...0x0B])
    default:
      let isPunctuation = scalar.isASCII && !scalar.properties.isAlphabetic && scalar.value > 0x20
      guard isPunctuation, !("0"..."9").contains(scalar) else {
        place -= 2
        throw problem()
      }
      return ScalarClass(ranges: [scalar.value...scalar.value])
    }
  }

  private mutating func number() -> Int? {
    var value: Int?
    while place < pattern.count, let digit = Character(pattern[place]).wholeNumberValue,
      pattern[place].isASCII
    {
      value = min((value ?? 0) * 10 + digit, Self.maximumCount)
      place += 1
    }
    return value
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard place < pattern.count, pattern[place] == scalar else { return false }
    place += 1
    return true
  }

  private mutating func takeAll(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard pattern[place...].starts(with: scalars) else { return false }
    place += scalars.count
    return true
  }

  private func problem() -> PatternProblem {
    var rest = String.UnicodeScalarView()
    rest.append(contentsOf: pattern[min(place, pattern.count)...].prefix(16))
    return PatternProblem(
      message: rest.isEmpty ? "it ends too early" : "'\(String(rest))' is not read")
  }
}
