/// What PyPI's `tokenizers` knows of every code point.
///
/// The facts are those of the libraries that it stands on, with their four versions of Unicode; the
/// standard library and Foundation have others, on some systems, and ids would change with them.
///
/// ### Notation of `ScalarData`
/// Records are separated by spaces or line ends. A record is the first code point in hexadecimal,
/// `*` and the number of code points if there are several, and then: nothing where code points have a
/// fact or not; `:` and a number; `+20` or `-20`, by how much they move; or `=41.300`, what the one
/// code point becomes.
final class ScalarFacts: Sendable {
  /// Decoded from `ScalarData` when first used.
  static let shared = ScalarFacts()

  /// Facts that a code point has or not.
  struct Flags: OptionSet, Sendable {
    let rawValue: UInt32

    /// `\p{L}` and `\p{N}` of Oniguruma.
    static let letter = Flags(rawValue: 1 << 0)
    static let number = Flags(rawValue: 1 << 1)
    /// White_Space, on which all agree.
    static let space = Flags(rawValue: 1 << 2)
    /// `\w` of Rust's regex.
    static let word = Flags(rawValue: 1 << 3)
    /// `char::is_numeric` of Rust.
    static let numeral = Flags(rawValue: 1 << 4)
    /// What BertNormalizer cleans away.
    static let control = Flags(rawValue: 1 << 5)
    /// Category Mn and category M.
    static let nonspacing = Flags(rawValue: 1 << 6)
    static let combining = Flags(rawValue: 1 << 7)
    static let punctuation = Flags(rawValue: 1 << 8)
    /// What BertNormalizer puts spaces around; it leaves out the half of one extension.
    static let ideograph = Flags(rawValue: 1 << 9)
    /// A text without any such code point is its own NFD, NFKD, NFC or NFKC.
    static let changesInNFD = Flags(rawValue: 1 << 10)
    static let changesInNFKD = Flags(rawValue: 1 << 11)
    static let changesInNFC = Flags(rawValue: 1 << 12)
    static let changesInNFKC = Flags(rawValue: 1 << 13)
    static let uppercase = Flags(rawValue: 1 << 14)
    /// `\p{L}` and `\p{N}` of Python's regex.
    static let pythonLetter = Flags(rawValue: 1 << 15)
    static let pythonNumber = Flags(rawValue: 1 << 16)
    /// What the rules for grapheme clusters ask besides the class.
    static let pictograph = Flags(rawValue: 1 << 17)
    static let conjunctConsonant = Flags(rawValue: 1 << 18)
    static let conjunctLinker = Flags(rawValue: 1 << 19)
    static let conjunctExtender = Flags(rawValue: 1 << 20)

    /// Where the class of grapheme clusters lies above the facts.
    static let graphemeShift: UInt32 = 24

    /// Grapheme_Cluster_Break.
    var graphemeClass: GraphemeClass {
      GraphemeClass(rawValue: rawValue >> Self.graphemeShift) ?? .other
    }
  }

  private let tables = ScalarFactTables()

  private init() {}

  /// What decompositions are made of.
  var decompositions: Decompositions { tables.decompositions }

  /// The facts of any code point.
  @inline(__always)
  subscript(scalar: UInt32) -> Flags { Flags(rawValue: tables.flags[scalar]) }

  /// The canonical combining class.
  @inline(__always)
  func combiningClass(_ scalar: UInt32) -> UInt32 { tables.combiningClasses[scalar] }

  /// The canonical combining class in Python 3.11.
  @inline(__always)
  func pythonCombiningClass(_ scalar: UInt32) -> UInt32 { tables.pythonCombiningClasses[scalar] }

  /// What Rust makes of an upper-case letter; U+0130 becomes this and U+0307.
  @inline(__always)
  func lowercased(_ scalar: UInt32) -> UInt32 { tables.lowercase[scalar] }

  /// What Python makes of a letter, neighbours not asked; U+0130 becomes this and U+0307.
  func pythonLowercased(_ scalar: UInt32) -> UInt32 {
    let special = tables.pythonLowercase[scalar]
    if special != 0 { return special }
    return self[scalar].contains(.uppercase) ? tables.lowercase[scalar] : scalar
  }
}
