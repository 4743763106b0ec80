import CLIPSearch

/// A filter as an SQL condition on `pictures`; every value is a parameter.
struct PostgresCondition {
  private let paths: LibraryPaths
  /// What `$n` stands for, those given before the condition first.
  private(set) var values: [PostgresValue]
  /// The condition.
  private(set) var sql = "true"

  /// - Parameters:
  ///   - filter: `nil` is true of every picture.
  ///   - paths: How paths are written.
  ///   - values: The statement's first parameters.
  init(_ filter: PictureFilter?, paths: LibraryPaths, after values: [PostgresValue] = []) {
    self.paths = paths
    self.values = values
    if let filter { sql = condition(filter.condition) }
  }

  /// Adds a parameter and gives its name.
  mutating func place(_ value: PostgresValue) -> String {
    values.append(value)
    return "$\(values.count)"
  }

  private mutating func condition(_ condition: PictureFilter.Condition) -> String {
    switch condition {
    case .and(let left, let right): "(\(self.condition(left)) AND \(self.condition(right)))"
    case .or(let left, let right): "(\(self.condition(left)) OR \(self.condition(right)))"
    case .not(let condition): "(NOT \(self.condition(condition)))"
    case .comparison(let field, .notEqual, let value):
      "(NOT \(comparison(field, .equal, value)))"
    case .comparison(let field, let comparison, let value):
      self.comparison(field, comparison, value)
    }
  }

  private mutating func comparison(
    _ field: PictureFilter.Field, _ comparison: PictureFilter.Comparison,
    _ value: PictureFilter.Value
  ) -> String {
    let text: String
    switch value {
    case .number(let number):
      return
        "(pictures.\(field.rawValue) \(comparison.rawValue) \(place(.integer(number)))::bigint)"
    case .text(let value): text = value
    }
    switch field {
    case .taken: return date(comparison, text)
    case .tag:
      let test =
        comparison == .contains ? contains("tag", text) : "tag = \(place(.text(text)))::text"
      return "EXISTS (SELECT 1 FROM tags WHERE tags.picture_id = pictures.id AND \(test))"
    case .folder, .path:
      let column = absolute("pictures.\(field.rawValue)")
      if comparison == .contains { return contains(column, text) }
      let isEqual = "\(column) = \(place(.text(text)))::text"
      guard field == .folder else { return "(\(isEqual))" }
      let end = place(.text("/" + text)) + "::text"
      return "(\(isEqual) OR right(\(column), length(\(end))) = \(end))"
    default:
      // A picture without a caption has the empty one, so that 'not' is always the opposite.
      let column = "coalesce(pictures.\(field.rawValue), '')"
      return comparison == .contains
        ? contains(column, text) : "(\(column) = \(place(.text(text)))::text)"
    }
  }

  /// A date stands for all moments that begin with it; '~' sorts after whatever may follow.
  private mutating func date(_ comparison: PictureFilter.Comparison, _ text: String) -> String {
    let column = "coalesce(pictures.taken, '')"
    guard !text.isEmpty else { return "(\(column) = '')" }
    func place(_ text: String) -> String { self.place(.text(text)) + "::text" }
    let end = text + "~"
    switch comparison {
    case .contains: return contains(column, text)
    case .less: return "(\(column) <> '' AND \(column) < \(place(text)))"
    case .lessOrEqual: return "(\(column) <> '' AND \(column) < \(place(end)))"
    case .greater: return "(\(column) > \(place(end)))"
    case .greaterOrEqual: return "(\(column) >= \(place(text)))"
    case .equal, .notEqual: return "(\(column) >= \(place(text)) AND \(column) < \(place(end)))"
    }
  }

  /// Capital Latin letters are small ones, others are what they are.
  private mutating func contains(_ column: String, _ text: String) -> String {
    """
    (strpos(lower(\(column) COLLATE "C"), lower(\(place(.text(text)))::text COLLATE "C")) > 0)
    """
  }

  private mutating func absolute(_ column: String) -> String {
    let folder = place(.text(paths.folder)) + "::text"
    return """
      (CASE WHEN left(\(column), 2) = './' THEN \(folder) || substr(\(column), 2) \
      ELSE \(column) END)
      """
  }
}
