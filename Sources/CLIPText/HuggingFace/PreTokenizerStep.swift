/// How a normalised text is split into words: one pre-tokenizer of `tokenizer.json`.
enum PreTokenizerStep: Sendable {
  case split(Matcher, SplitBehavior, isInverted: Bool)
  /// A space before every word that has none.
  case prefixSpace
  /// The letters of its bytes in the place of every code point.
  case encodeBytes
  case metaspace(replacement: UInt32, MetaspaceScheme, splits: Bool)

  /// What is looked for in a text.
  enum Matcher: Sendable {
    case pattern(SplitPattern)
    /// Every code point with one of these facts.
    case facts(ScalarFacts.Flags)
    /// Runs of `\w`, and runs of what is neither `\w` nor space.
    case wordsAndSigns
  }

  /// Where `Metaspace` puts its sign before a text.
  enum MetaspaceScheme: String { case always, first, never }

  private static let punctuation = Matcher.facts(.punctuation)

  /// Reads a pre-tokenizer, a `Sequence` as its members.
  static func read(_ part: JSONPart) throws(TokenizerProblem) -> [PreTokenizerStep] {
    if part == .null { return [] }
    var part = try TokenizerPart(part, role: "the pre-tokenizer")
    let steps = try read(&part)
    try part.finish()
    return steps
  }

  private static func read(
    _ part: inout TokenizerPart
  ) throws(TokenizerProblem) -> [PreTokenizerStep] {
    switch part.type {
    case "Sequence":
      var steps: [PreTokenizerStep] = []
      for member in try part.list("pretokenizers") { steps += try read(member) }
      return steps
    case "BertPreTokenizer":
      return [
        .split(.facts(.space), .removed, isInverted: false),
        .split(punctuation, .isolated, isInverted: false),
      ]
    case "Whitespace": return [.split(.wordsAndSigns, .removed, isInverted: true)]
    case "WhitespaceSplit": return [.split(.facts(.space), .removed, isInverted: false)]
    case "Punctuation":
      let behavior = try SplitBehavior(&part, or: .isolated)
      return [.split(punctuation, behavior, isInverted: false)]
    case "Digits":
      let behavior: SplitBehavior = try part.bool("individual_digits") ? .isolated : .contiguous
      return [.split(.facts(.numeral), behavior, isInverted: false)]
    case "Split":
      let pattern = try SplitPattern(&part)
      let behavior = try SplitBehavior(&part, or: nil)
      return [.split(.pattern(pattern), behavior, isInverted: try part.bool("invert"))]
    case "ByteLevel": return try byteLevel(&part)
    case "Metaspace": return [try metaspace(&part)]
    default: throw part.unsupported
    }
  }

  private static func byteLevel(
    _ part: inout TokenizerPart
  ) throws(TokenizerProblem) -> [PreTokenizerStep] {
    part.ignore("trim_offsets")
    var steps: [PreTokenizerStep] = try part.bool("add_prefix_space") ? [.prefixSpace] : []
    if try part.bool("use_regex", or: true) {
      do {
        let pattern = try PatternParser.parse(ByteLevel.gpt2)
        steps.append(.split(.pattern(pattern), .isolated, isInverted: false))
      } catch { throw TokenizerProblem(error.message) }
    }
    return steps + [.encodeBytes]
  }

  private static func metaspace(
    _ part: inout TokenizerPart
  ) throws(TokenizerProblem) -> PreTokenizerStep {
    part.ignore("str_rep")
    let replacement = Array(try part.requiredString("replacement").unicodeScalars)
    guard replacement.count == 1 else { throw part.problem("replacement", "one character") }
    let name = try part.string("prepend_scheme") ?? "always"
    guard var scheme = MetaspaceScheme(rawValue: name) else {
      throw part.problem("prepend_scheme", "always, first or never")
    }
    if try !part.bool("add_prefix_space", or: true) {
      guard scheme == .never || !part.has("prepend_scheme") else {
        throw part.problem("prepend_scheme", "never, as 'add_prefix_space' demands")
      }
      scheme = .never
    }
    return .metaspace(
      replacement: replacement[0].value, scheme, splits: try part.bool("split", or: true))
  }
}

/// What becomes of what a text is split at (`SplitDelimiterBehavior`).
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  init(_ part: inout TokenizerPart, or fallback: SplitBehavior?) throws(TokenizerProblem) {
    let name = try part.string("behavior")
    guard let behavior = name.map({ SplitBehavior(rawValue: $0) }) ?? fallback else {
      throw part.problem("behavior", "a known one")
    }
    self = behavior
  }
}
