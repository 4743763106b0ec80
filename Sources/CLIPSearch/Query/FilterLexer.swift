/// Cuts a filter expression into words, quoted values, operators and parentheses.
struct FilterLexer {
  /// A piece of the expression.
  struct Token: Equatable {
    enum Kind: Equatable {
      case word(String)
      case quoted(String)
      case comparison(PictureFilter.Comparison)
      case open
      case close
      case and
      case or
      case not
      case end
    }

    let kind: Kind
    /// Characters before it.
    let position: Int
    /// As it was written, for messages.
    let text: String
  }

  /// Longer expressions are refused.
  static let maximumLength = 10_000

  private static let keywords: [String: Token.Kind] = [
    "and": .and, "且": .and, "与": .and, "or": .or, "或": .or, "not": .not, "非": .not,
  ]

  private let expression: String
  private let characters: [Character]
  private var position = 0

  static func tokens(of expression: String) throws(SearchError) -> [Token] {
    guard expression.utf8.count <= maximumLength else {
      throw .filter(
        expression: String(expression.prefix(40)) + "…", position: 40,
        problem: "the expression has more than \(maximumLength) bytes")
    }
    var lexer = FilterLexer(expression)
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    return tokens
  }

  private init(_ expression: String) {
    self.expression = expression
    characters = Array(expression)
  }

  private mutating func next() throws(SearchError) -> Token {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    guard position < characters.count else {
      return Token(kind: .end, position: position, text: "")
    }
    let start = position
    switch characters[start] {
    case "(", "（": return take(1, .open)
    case ")", "）": return take(1, .close)
    case "\"", "'", "“", "‘": return try quoted()
    case "&" where follows("&"): return take(2, .and)
    case "|" where follows("|"): return take(2, .or)
    case "=" where follows("="): return take(2, .comparison(.equal))
    default: break
    }
    for comparison in PictureFilter.Comparison.allCases
    where characters[start...].starts(with: comparison.rawValue) {
      return take(comparison.rawValue.count, .comparison(comparison))
    }
    if characters[start] == "!" { return take(1, .not) }
    return word()
  }

  private func follows(_ character: Character) -> Bool {
    position + 1 < characters.count && characters[position + 1] == character
  }

  private mutating func take(_ count: Int, _ kind: Token.Kind) -> Token {
    defer { position += count }
    return Token(
      kind: kind, position: position, text: String(characters[position..<position + count]))
  }

  private mutating func word() -> Token {
    let start = position
    while position < characters.count, !characters[position].isWhitespace,
      !"()（）=<>!~\"'“‘&|".contains(characters[position])
    {
      position += 1
    }
    // A character that can neither start a word nor anything else is a word by itself.
    if position == start { position += 1 }
    let text = String(characters[start..<position])
    return Token(
      kind: Self.keywords[text.lowercased()] ?? .word(text), position: start, text: text)
  }

  private mutating func quoted() throws(SearchError) -> Token {
    let start = position
    let closing: Character =
      switch characters[start] {
      case "“": "”"
      case "‘": "’"
      default: characters[start]
      }
    var text = ""
    position += 1
    while position < characters.count, characters[position] != closing {
      if characters[position] == "\\", position + 1 < characters.count { position += 1 }
      text.append(characters[position])
      position += 1
    }
    guard position < characters.count else {
      throw .filter(
        expression: expression, position: start, problem: "the quote is never closed")
    }
    position += 1
    return Token(
      kind: .quoted(text), position: start, text: String(characters[start..<position]))
  }
}
