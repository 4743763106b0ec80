/// What the tokenizer knows about every code point, in one version of Unicode.
///
/// Lower-casing, canonical decomposition and the removal of marks (category Mn) do not depend on
/// neighbours, apart from capital sigma and the order of a few marks. So their joint result is
/// looked up once per code point. The version is Python 3.11's, 14.0: the standard library and
/// Foundation have another one, on some systems, and their categories would change ids.
///
/// ### Notation of `UnicodeData`
/// Records are separated by spaces or line ends. A record is the first code point in hexadecimal,
/// `*` and the number of code points if there are several, and what becomes of them:
///
/// | sign | meaning |
/// |---|---|
/// | `=61`, `+20`, `-20` | a letter: becomes U+0061, or moves by so much |
/// | `!`, `!=3b`, `!+20`, `!-20` | stands alone as a word, as itself or changed as above |
/// | `_` | separates words |
/// | `~` | vanishes |
/// | <code>&#124;</code> | vanishes, but marks are not reordered across it |
/// | `^` | capital sigma |
/// | `#` | Hangul syllable: becomes two or three jamo |
/// | `.9c7.9be:e6` | becomes several; after the colon the combining class where it is not 0 |
struct UnicodeTables: Sendable {
  /// Decoded from `UnicodeData` when first used.
  static let shared = UnicodeTables()

  /// What a code point is for the tokenizer; the raw values are the low bits of an entry.
  enum Kind: UInt32 {
    case letter, isolated, separator, dropped, barrier, capitalSigma, hangul, expansion
  }

  /// A kind and a value in 32 bits.
  ///
  /// The kind is in the low eight bits. The value above it, signed, is how far the code point moves,
  /// or for `.expansion` where in `expansions` it stands.
  struct Entry: Hashable, Sendable {
    private let bits: UInt32

    init(_ kind: Kind, _ value: Int32 = 0) {
      bits = UInt32(bitPattern: value) << 8 | kind.rawValue
    }

    @inline(__always) var kind: Kind { Kind(rawValue: bits & 7) ?? .letter }
    @inline(__always) var value: Int32 { Int32(bitPattern: bits) >> 8 }
    @inline(__always) func moved(_ scalar: UInt32) -> UInt32 {
      scalar &+ UInt32(bitPattern: value)
    }
  }

  /// A code point of a word, with its combining class above the 21 bits of the code point.
  static let combiningClassShift: UInt32 = 21

  private static let blockSize = 256
  private static let scalarCount = 0x110000

  /// Where the entries of each block of code points begin; blocks of one value are stored once.
  private var blockStarts: [Int32]
  private var entries: [Entry]
  /// Each expansion is its length, then its code points with their combining classes.
  private(set) var expansions: [UInt32] = []
  private let cased: ScalarRanges
  private let caseIgnorable: ScalarRanges

  /// The entry of any code point.
  @inline(__always)
  subscript(scalar: UInt32) -> Entry {
    entries[Int(blockStarts[Int(scalar >> 8)]) &+ Int(scalar & 0xFF)]
  }

  /// Whether the code point is Cased and not Case_Ignorable, as the rule for final sigma asks.
  func isCased(_ scalar: UInt32) -> Bool { cased.contains(scalar) }

  /// Whether the code point is Case_Ignorable.
  func isCaseIgnorable(_ scalar: UInt32) -> Bool { caseIgnorable.contains(scalar) }

  private init() {
    cased = ScalarRanges(UnicodeData.cased)
    caseIgnorable = ScalarRanges(UnicodeData.caseIgnorable)
    blockStarts = Array(repeating: 0, count: Self.scalarCount / Self.blockSize)
    entries = Array(repeating: Entry(.letter), count: Self.blockSize)
    var uniformBlocks = [Entry(.letter): Int32(0)]
    var reader = RecordReader(UnicodeData.characters)
    while let range = reader.range() {
      set(range, reading: &reader, uniformBlocks: &uniformBlocks)
    }
  }

  private mutating func set(
    _ range: Range<UInt32>, reading reader: inout RecordReader,
    uniformBlocks: inout [Entry: Int32]
  ) {
    let sign = reader.next()
    let kind = Kind(sign: sign)
    switch sign {
    case UInt8(ascii: "="):
      setEach(range, kind, to: reader.hexadecimal())
    case UInt8(ascii: "+"):
      fill(range, Entry(kind, Int32(reader.hexadecimal())), &uniformBlocks)
    case UInt8(ascii: "-"):
      fill(range, Entry(kind, -Int32(reader.hexadecimal())), &uniformBlocks)
    case UInt8(ascii: "!"):
      if reader.skip(UInt8(ascii: "=")) {
        setEach(range, kind, to: reader.hexadecimal())
      } else if reader.skip(UInt8(ascii: "+")) {
        fill(range, Entry(kind, Int32(reader.hexadecimal())), &uniformBlocks)
      } else if reader.skip(UInt8(ascii: "-")) {
        fill(range, Entry(kind, -Int32(reader.hexadecimal())), &uniformBlocks)
      } else {
        fill(range, Entry(kind), &uniformBlocks)
      }
    case UInt8(ascii: "."):
      let start = expansions.count
      expansions.append(0)
      repeat {
        let scalar = reader.hexadecimal()
        let combiningClass = reader.skip(UInt8(ascii: ":")) ? reader.hexadecimal() : 0
        expansions.append(scalar | combiningClass << Self.combiningClassShift)
        expansions[start] += 1
      } while reader.skip(UInt8(ascii: "."))
      fill(range, Entry(kind, Int32(start)), &uniformBlocks)
    default:
      fill(range, Entry(kind), &uniformBlocks)
    }
  }

  private mutating func setEach(_ range: Range<UInt32>, _ kind: Kind, to target: UInt32) {
    for scalar in range {
      let start = ownedBlockStart(scalar)
      entries[start + Int(scalar & 0xFF)] = Entry(kind, Int32(target) - Int32(scalar))
    }
  }

  private mutating func fill(
    _ range: Range<UInt32>, _ entry: Entry, _ uniformBlocks: inout [Entry: Int32]
  ) {
    var scalar = range.lowerBound
    while scalar < range.upperBound {
      let isWholeBlock = scalar & 0xFF == 0 && range.upperBound - scalar >= Self.blockSize
      if isWholeBlock, let start = uniformBlocks[entry] {
        blockStarts[Int(scalar >> 8)] = start
        scalar += UInt32(Self.blockSize)
      } else if isWholeBlock {
        uniformBlocks[entry] = Int32(entries.count)
        entries.append(contentsOf: repeatElement(entry, count: Self.blockSize))
      } else {
        let start = ownedBlockStart(scalar)
        entries[start + Int(scalar & 0xFF)] = entry
        scalar += 1
      }
    }
  }

  /// Where the block of a code point begins, after a copy if it was the block of default values.
  ///
  /// Records are in order and do not overlap, so no other uniform block is written to.
  private mutating func ownedBlockStart(_ scalar: UInt32) -> Int {
    let block = Int(scalar >> 8)
    if blockStarts[block] == 0 {
      blockStarts[block] = Int32(entries.count)
      entries.append(contentsOf: repeatElement(Entry(.letter), count: Self.blockSize))
    }
    return Int(blockStarts[block])
  }
}

extension UnicodeTables.Kind {
  fileprivate init(sign: UInt8) {
    self =
      switch sign {
      case UInt8(ascii: "!"): .isolated
      case UInt8(ascii: "_"): .separator
      case UInt8(ascii: "~"): .dropped
      case UInt8(ascii: "|"): .barrier
      case UInt8(ascii: "^"): .capitalSigma
      case UInt8(ascii: "#"): .hangul
      case UInt8(ascii: "."): .expansion
      default: .letter
      }
  }
}
