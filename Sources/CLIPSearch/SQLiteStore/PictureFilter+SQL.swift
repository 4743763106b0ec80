import GRDB

extension PictureFilter {
  /// The filter as an SQL condition on `pictures`; every value is a bound parameter.
  func sql(_ paths: LibraryPaths) -> SQL { condition.sql(paths) }
}

extension PictureFilter.Condition {
  fileprivate func sql(_ paths: LibraryPaths) -> SQL {
    switch self {
    case .and(let left, let right): "(\(left.sql(paths)) AND \(right.sql(paths)))"
    case .or(let left, let right): "(\(left.sql(paths)) OR \(right.sql(paths)))"
    case .not(let condition): "(NOT \(condition.sql(paths)))"
    case .comparison(let field, let comparison, let value):
      Self.sql(field, comparison, value, paths)
    }
  }

  private static func sql(
    _ field: PictureFilter.Field, _ comparison: PictureFilter.Comparison,
    _ value: PictureFilter.Value, _ paths: LibraryPaths
  ) -> SQL {
    if comparison == .notEqual { return "(NOT \(sql(field, .equal, value, paths)))" }
    switch value {
    case .number(let number):
      let column = SQL(sql: "pictures.\(field.rawValue)")
      return "(\(column) \(SQL(sql: comparison.rawValue)) \(number))"
    case .text(let text):
      switch field {
      case .taken: return date(comparison, text)
      case .tag:
        let test = comparison == .contains ? contains(SQL(sql: "tag"), text) : "tag = \(text)"
        return """
          EXISTS (SELECT 1 FROM tags WHERE tags.picture_id = pictures.id AND \(test))
          """
      case .folder, .path:
        let column = paths.absolute(column: "pictures.\(field.rawValue)")
        if comparison == .contains { return contains(column, text) }
        let isEqual: SQL = "\(column) = \(text)"
        return field == .path
          ? "(\(isEqual))" : "(\(isEqual) OR \(endsWith(column, "/" + text)))"
      default:
        // A picture without a caption has the empty one, so that 'not' is always the opposite.
        let column = SQL(sql: "IFNULL(pictures.\(field.rawValue), '')")
        return comparison == .contains ? contains(column, text) : "(\(column) = \(text))"
      }
    }
  }

  /// A date stands for all moments that begin with it; '~' sorts after whatever may follow.
  private static func date(_ comparison: PictureFilter.Comparison, _ text: String) -> SQL {
    let column: SQL = "IFNULL(pictures.taken, '')"
    guard !text.isEmpty else { return "(\(column) = '')" }
    let end = text + "~"
    switch comparison {
    case .contains: return contains(column, text)
    case .less: return "(\(column) <> '' AND \(column) < \(text))"
    case .lessOrEqual: return "(\(column) <> '' AND \(column) < \(end))"
    case .greater: return "(\(column) > \(end))"
    case .greaterOrEqual: return "(\(column) >= \(text))"
    case .equal, .notEqual: return "(\(column) >= \(text) AND \(column) < \(end))"
    }
  }

  private static func contains(_ column: SQL, _ text: String) -> SQL {
    "(\(column) LIKE \("%" + escaped(text) + "%") ESCAPE '!')"
  }

  private static func endsWith(_ column: SQL, _ text: String) -> SQL {
    "(\(column) LIKE \("%" + escaped(text)) ESCAPE '!')"
  }

  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if "!%_".unicodeScalars.contains(scalar) { result.append("!") }
      result.append(scalar)
    }
    return String(result)
  }
}
