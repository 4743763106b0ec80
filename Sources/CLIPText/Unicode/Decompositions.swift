/// What code points are made of, and what is made of them again.
struct Decompositions: Sendable {
  /// Where in `parts` the canonical and the compatibility decompositions stand.
  private var canonicalStarts = ScalarTable()
  private var compatibleStarts = ScalarTable()
  /// Each decomposition is its length, then its code points, all of them final.
  private var parts: [UInt32] = [0]
  private var composites: [UInt64: UInt32] = [:]

  /// Code points with a decomposition of each kind, and those that come back as others.
  private(set) var canonicallyDecomposed: [UInt32] = []
  private(set) var compatiblyDecomposed: [UInt32] = []
  private(set) var uncomposed: [UInt32] = []
  /// Code points that are joined with what stands before them.
  private(set) var joined: Set<UInt32> = []

  init() {
    for scalar in records(of: ScalarData.canonical, into: \.canonicalStarts) {
      canonicallyDecomposed.append(scalar)
    }
    for scalar in records(of: ScalarData.compatible, into: \.compatibleStarts) {
      compatiblyDecomposed.append(scalar)
    }
    var reader = RecordReader(ScalarData.uncomposed)
    while let range = reader.range() { uncomposed += range }
    compose()
  }

  /// The code points of a decomposition; nil: it is its own.
  func decomposition(of scalar: UInt32, compatible: Bool) -> ArraySlice<UInt32>? {
    var start = compatible ? compatibleStarts[scalar] : 0
    if start == 0 { start = canonicalStarts[scalar] }
    guard start != 0 else { return nil }
    return parts[Int(start) + 1...Int(start) + Int(parts[Int(start)])]
  }

  /// The code point that two make; nil: they stay two.
  func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
    if let syllable = Hangul.composite(of: first, second) { return syllable }
    return composites[UInt64(first) << 32 | UInt64(second)]
  }

  private mutating func records(
    of text: StaticString, into starts: WritableKeyPath<Decompositions, ScalarTable>
  ) -> [UInt32] {
    var reader = RecordReader(text)
    var scalars: [UInt32] = []
    while let range = reader.range() {
      let value = reader.value()
      for scalar in range {
        self[keyPath: starts][scalar] = UInt32(parts.count)
        let targets = value.all(for: scalar)
        parts.append(UInt32(targets.count))
        parts += targets
        scalars.append(scalar)
      }
    }
    return scalars
  }

  /// A decomposition's last code point joins what the others make: those of two first, then those of
  /// three, whose first two are one by then.
  private mutating func compose() {
    let excluded = Set(uncomposed)
    var prefixes: [[UInt32]: UInt32] = [:]
    let whole = canonicallyDecomposed.filter { !excluded.contains($0) }.map { scalar in
      (scalar, Array(decomposition(of: scalar, compatible: false) ?? []))
    }
    for (scalar, parts) in whole.sorted(by: { $0.1.count < $1.1.count }) where parts.count > 1 {
      let rest = Array(parts.dropLast())
      guard let first = rest.count == 1 ? rest[0] : prefixes[rest] else { continue }
      prefixes[parts] = scalar
      composites[UInt64(first) << 32 | UInt64(parts[parts.count - 1])] = scalar
      joined.insert(parts[parts.count - 1])
    }
    joined.formUnion(Hangul.vowels)
    joined.formUnion(Hangul.finals)
  }
}

/// Hangul syllables and their jamo (the Unicode Standard, section 3.12).
enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
  static let initials: Range<UInt32> = 0x1100..<0x1113
  static let vowels: Range<UInt32> = 0x1161..<0x1176
  static let finals: Range<UInt32> = 0x11A8..<0x11C3

  /// The jamo of a syllable; the third is nil where it ends with its vowel.
  static func jamo(of syllable: UInt32) -> (UInt32, UInt32, UInt32?) {
    let index = syllable - syllables.lowerBound
    let final = index % 28
    return (
      initials.lowerBound + index / 588, vowels.lowerBound + index % 588 / 28,
      final == 0 ? nil : finals.lowerBound - 1 + final
    )
  }

  static func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
    if initials.contains(first), vowels.contains(second) {
      let index = (first - initials.lowerBound) * 21 + (second - vowels.lowerBound)
      return syllables.lowerBound + index * 28
    }
    let isOpen = syllables.contains(first) && (first - syllables.lowerBound) % 28 == 0
    return isOpen && finals.contains(second) ? first + (second - finals.lowerBound + 1) : nil
  }
}
