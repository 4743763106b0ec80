/// Tokens that are found in a text before it is split, such as `<|endoftext|>`
/// (`added_vocabulary.rs` of PyPI's `tokenizers`).
struct AddedTokens: Sendable {
  /// One of them, as `added_tokens` has it.
  struct Token: Sendable {
    var content: String
    var isSingleWord = false
    var stripsLeft = false
    var stripsRight = false
    var isNormalized = false
    var isSpecial = false
  }

  /// Those that are looked for in texts as they come, or after normalisation.
  private struct Matcher: Sendable {
    var trie = PieceTrie(expectedEdges: 0)
    /// First code points below U+0100, and whether there are others.
    var firstScalars = [Bool](repeating: false, count: 0x100)
    var hasOthers = false
    var tokens: [Int32: Token] = [:]
    var isEmpty: Bool { tokens.isEmpty }

    mutating func insert(_ pattern: [UInt32], id: Int32, _ token: Token) {
      guard let first = pattern.first else { return }
      trie.insert(pattern, piece: id)
      tokens[id] = token
      if first < 0x100 { firstScalars[Int(first)] = true } else { hasOthers = true }
    }

    /// The longest that begins at a place.
    func match(in scalars: ArraySlice<UInt32>, at start: Int) -> (id: Int32, end: Int)? {
      let first = scalars[start]
      guard first < 0x100 ? firstScalars[Int(first)] : hasOthers else { return nil }
      var longest: (Int32, Int)?
      var node = PieceTrie.root
      var end = start
      while end < scalars.endIndex, let edge = trie.edge(from: node, by: scalars[end]) {
        end += 1
        node = edge.node
        if edge.piece >= 0 { longest = (edge.piece, end) }
      }
      return longest
    }
  }

  private var plain = Matcher()
  private var normalized = Matcher()
  private let facts: ScalarFacts

  /// - Parameters:
  ///   - tokens: By id.
  ///   - facts: What is known of code points.
  ///   - normalize: What the normalisers make of a token's content.
  init(
    _ tokens: [(id: Int32, token: Token)], _ facts: ScalarFacts,
    normalize: ([UInt32]) -> [UInt32]
  ) {
    self.facts = facts
    for (id, token) in tokens {
      let content = token.content.unicodeScalars.map(\.value)
      if token.isNormalized {
        normalized.insert(normalize(content), id: id, token)
      } else {
        plain.insert(content, id: id, token)
      }
    }
  }

  /// A part of a text: a token, or what is between tokens.
  enum Section {
    case token(Int32)
    case text(Range<Int>)
  }

  /// Calls `body` for the tokens in a text that has not been normalised and for what is between them,
  /// until it returns false.
  ///
  /// - Returns: False if `body` has.
  @inline(__always)
  func forEachPlainSection(in scalars: [UInt32], _ body: (Section) -> Bool) -> Bool {
    sections(of: scalars, plain, body)
  }

  /// As ``forEachPlainSection(in:_:)``, of a text that has been normalised.
  @inline(__always)
  func forEachNormalizedSection(in scalars: [UInt32], _ body: (Section) -> Bool) -> Bool {
    sections(of: scalars, normalized, body)
  }

  private func sections(
    of scalars: [UInt32], _ matcher: Matcher, _ body: (Section) -> Bool
  ) -> Bool {
    guard !matcher.isEmpty else {
      return scalars.isEmpty || body(.text(0..<scalars.count))
    }
    var done = 0
    var place = 0
    while place < scalars.count {
      guard let (id, matchEnd) = matcher.match(in: scalars[...], at: place) else {
        place += 1
        continue
      }
      var (start, end) = (place, matchEnd)
      place = matchEnd
      guard let token = matcher.tokens[id], isAllowed(token, start..<end, in: scalars) else {
        continue
      }
      if token.stripsLeft {
        while start > 0, isSpace(scalars[start - 1]) { start -= 1 }
        start = max(start, done)
      }
      if token.stripsRight {
        while end < scalars.count, isSpace(scalars[end]) { end += 1 }
      }
      if done < start, !body(.text(done..<start)) { return false }
      if !body(.token(id)) { return false }
      done = end
    }
    return done >= scalars.count || body(.text(done..<scalars.count))
  }

  private func isAllowed(_ token: Token, _ range: Range<Int>, in scalars: [UInt32]) -> Bool {
    guard token.isSingleWord else { return true }
    let isOpenBefore = range.lowerBound == 0 || !isWord(scalars[range.lowerBound - 1])
    let isOpenBehind = range.upperBound == scalars.count || !isWord(scalars[range.upperBound])
    return isOpenBefore && isOpenBehind
  }

  private func isSpace(_ scalar: UInt32) -> Bool { facts[scalar].contains(.space) }
  private func isWord(_ scalar: UInt32) -> Bool { facts[scalar].contains(.word) }
}
