/// The tables of ``ScalarFacts``, read from `ScalarData`.
struct ScalarFactTables: Sendable {
  private typealias Flags = ScalarFacts.Flags

  private(set) var flags = ScalarTable()
  private(set) var lowercase = ScalarTable()
  private(set) var pythonLowercase = ScalarTable()
  private(set) var combiningClasses = ScalarTable()
  private(set) var pythonCombiningClasses = ScalarTable()
  private(set) var decompositions = Decompositions()

  init() {
    set(.letter, ScalarData.letters)
    set(.number, ScalarData.numbers)
    set(.pythonLetter, ScalarData.letters)
    set(.pythonNumber, ScalarData.numbers)
    toggle(.pythonLetter, ScalarData.pythonLetters)
    toggle(.pythonNumber, ScalarData.pythonNumbers)
    set(.word, ScalarData.words)
    set(.numeral, ScalarData.numerals)
    set(.control, ScalarData.controls)
    set(.nonspacing, ScalarData.nonspacing)
    set(.combining, ScalarData.combining)
    set(.punctuation, ScalarData.punctuation)
    set(.pictograph, ScalarData.pictographs)
    set(.conjunctConsonant, ScalarData.conjunctConsonants)
    set(.conjunctLinker, ScalarData.conjunctLinkers)
    set(.conjunctExtender, ScalarData.conjunctExtenders)
    for scalar in Self.spaces { flags[scalar] |= Flags.space.rawValue }
    for range in Self.ideographs {
      for scalar in range { flags[scalar] |= Flags.ideograph.rawValue }
    }
    read(ScalarData.graphemeClasses) { tables, scalar, value in
      tables.flags[scalar] |= value << Flags.graphemeShift
    }
    for scalar in Hangul.syllables {
      let kind: GraphemeClass =
        Hangul.jamo(of: scalar).2 == nil ? .openSyllable : .closedSyllable
      flags[scalar] |= kind.rawValue << Flags.graphemeShift
    }
    read(ScalarData.combiningClasses) { tables, scalar, value in
      tables.combiningClasses[scalar] = value
      tables.pythonCombiningClasses[scalar] = value
    }
    read(ScalarData.pythonCombiningClasses) { $0.pythonCombiningClasses[$1] = $2 }
    read(ScalarData.lowercase) { tables, scalar, value in
      tables.lowercase[scalar] = value
      tables.flags[scalar] |= Flags.uppercase.rawValue
    }
    read(ScalarData.pythonLowercase) { $0.pythonLowercase[$1] = $2 }
    setDecompositions()
  }

  private static let spaces: [UInt32] =
    [0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    + Array(0x09...0x0D) + Array(0x2000...0x200A)

  private static let ideographs: [ClosedRange<UInt32>] = [
    0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
    0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F,
  ]

  private mutating func set(_ flag: Flags, _ text: StaticString) {
    var reader = RecordReader(text)
    while let range = reader.range() {
      for scalar in range { flags[scalar] |= flag.rawValue }
    }
  }

  private mutating func toggle(_ flag: Flags, _ text: StaticString) {
    var reader = RecordReader(text)
    while let range = reader.range() {
      for scalar in range { flags[scalar] ^= flag.rawValue }
    }
  }

  /// Hands on the number of each code point: what it becomes, or what stands behind the colon.
  private mutating func read(
    _ text: StaticString, _ body: (inout ScalarFactTables, UInt32, UInt32) -> Void
  ) {
    var reader = RecordReader(text)
    while let range = reader.range() {
      let value = reader.value()
      for scalar in range { body(&self, scalar, value.first(for: scalar)) }
    }
  }

  private mutating func setDecompositions() {
    let compatible = Flags.changesInNFKD.union(.changesInNFKC).rawValue
    for scalar in decompositions.canonicallyDecomposed {
      flags[scalar] |= Flags.changesInNFD.rawValue | Flags.changesInNFKD.rawValue
    }
    for scalar in decompositions.compatiblyDecomposed { flags[scalar] |= compatible }
    for scalar in decompositions.uncomposed {
      flags[scalar] |= Flags.changesInNFC.rawValue | Flags.changesInNFKC.rawValue
    }
    // Marks may have to change places, and what follows may be joined with what is before it.
    let all = compatible | Flags.changesInNFD.rawValue | Flags.changesInNFC.rawValue
    for classes in [ScalarData.combiningClasses, ScalarData.pythonCombiningClasses] {
      read(classes) { tables, scalar, _ in tables.flags[scalar] |= all }
    }
    for scalar in decompositions.joined {
      flags[scalar] |= Flags.changesInNFC.rawValue | Flags.changesInNFKC.rawValue
    }
    for scalar in Hangul.syllables {
      flags[scalar] |= Flags.changesInNFD.rawValue | Flags.changesInNFKD.rawValue
    }
  }
}
