/// Reads the grammar `or := and ('or' and)*`, `and := not ('and' not)*`,
/// `not := 'not' not | '(' or ')' | field operator value`.
struct FilterParser {
  /// Deeper nesting is refused, so that no input exhausts the stack.
  private static let maximumDepth = 50

  private let expression: String
  private let tokens: [FilterLexer.Token]
  private var position = 0
  private var depth = 0

  init(_ expression: String) throws(SearchError) {
    self.expression = expression
    tokens = try FilterLexer.tokens(of: expression)
  }

  private var token: FilterLexer.Token { tokens[position] }

  mutating func parse() throws(SearchError) -> PictureFilter.Condition {
    guard token.kind != .end else { throw problem("the filter is empty") }
    let condition = try alternatives()
    guard token.kind == .end else {
      throw problem("expected 'and', 'or' or the end, found '\(token.text)'")
    }
    return condition
  }

  private mutating func alternatives() throws(SearchError) -> PictureFilter.Condition {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw problem("more than \(Self.maximumDepth) levels of parentheses and 'not'")
    }
    var conditions = [try conjunction()]
    while token.kind == .or {
      position += 1
      conditions.append(try conjunction())
    }
    return Self.balanced(conditions[...], join: PictureFilter.Condition.or)
  }

  private mutating func conjunction() throws(SearchError) -> PictureFilter.Condition {
    var conditions = [try negation()]
    while token.kind == .and {
      position += 1
      conditions.append(try negation())
    }
    return Self.balanced(conditions[...], join: PictureFilter.Condition.and)
  }

  /// A flat list as a shallow tree: SQLite limits the depth of expressions, not their number.
  private static func balanced(
    _ conditions: ArraySlice<PictureFilter.Condition>,
    join: (PictureFilter.Condition, PictureFilter.Condition) -> PictureFilter.Condition
  ) -> PictureFilter.Condition {
    guard conditions.count > 1 else { return conditions[conditions.startIndex] }
    let middle = conditions.startIndex + conditions.count / 2
    return join(
      balanced(conditions[..<middle], join: join), balanced(conditions[middle...], join: join))
  }

  private mutating func negation() throws(SearchError) -> PictureFilter.Condition {
    switch token.kind {
    case .not:
      position += 1
      depth += 1
      defer { depth -= 1 }
      guard depth <= Self.maximumDepth else {
        throw problem("more than \(Self.maximumDepth) levels of parentheses and 'not'")
      }
      return .not(try negation())
    case .open:
      let opening = token
      position += 1
      let condition = try alternatives()
      guard token.kind == .close else {
        throw problem(
          token.kind == .end
            ? "the parenthesis is never closed" : "expected ')', found '\(token.text)'",
          at: token.kind == .end ? opening : token)
      }
      position += 1
      return condition
    default: return try comparison()
    }
  }

  private mutating func comparison() throws(SearchError) -> PictureFilter.Condition {
    guard case .word(let name) = token.kind else {
      throw problem("expected a field, found \(found)")
    }
    guard
      let field = PictureFilter.Field(rawValue: name.lowercased())
        ?? PictureFilter.Field.chinese[name]
    else {
      let names = PictureFilter.Field.allCases.map(\.rawValue).joined(separator: ", ")
      throw problem("there is no field '\(name)'; the fields are \(names)")
    }
    position += 1
    guard case .comparison(let comparison) = token.kind else {
      throw problem("expected one of = != < <= > >= ~ after '\(name)', found \(found)")
    }
    switch (field.kind, comparison) {
    case (.text, .less), (.text, .lessOrEqual), (.text, .greater), (.text, .greaterOrEqual):
      throw problem("'\(name)' can be compared with = != ~ only")
    case (.number, .contains):
      throw problem("'\(name)' is a number and can be compared with = != < <= > >= only")
    default: break
    }
    position += 1
    let text: String
    switch token.kind {
    case .word(let value), .quoted(let value): text = value
    case .and, .or, .not: text = token.text
    default:
      throw problem("expected a value after '\(name) \(comparison.rawValue)', found \(found)")
    }
    let value = try value(text, of: field, comparison)
    position += 1
    return .comparison(field, comparison, value)
  }

  private var found: String { token.kind == .end ? "the end" : "'\(token.text)'" }

  private func value(
    _ text: String, of field: PictureFilter.Field, _ comparison: PictureFilter.Comparison
  ) throws(SearchError) -> PictureFilter.Value {
    switch field.kind {
    case .text: return .text(text)
    case .number:
      guard let number = FilterValues.number(text, withUnit: field == .size) else {
        throw problem(
          "'\(text)' is no number\(field == .size ? " of bytes (such as 500, 200kB or 3MB)" : "")")
      }
      return .number(number)
    case .date:
      if comparison == .contains || text.isEmpty { return .text(text) }
      guard let date = FilterValues.date(text) else {
        throw problem("'\(text)' is no date (such as 2024, 2024-05, 2024-05-01, 2024-05-01T18:30)")
      }
      return .text(date)
    }
  }

  private func problem(_ sentence: String, at token: FilterLexer.Token? = nil) -> SearchError {
    .filter(
      expression: expression, position: (token ?? self.token).position, problem: sentence)
  }
}
