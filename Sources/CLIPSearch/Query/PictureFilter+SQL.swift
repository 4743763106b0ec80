import GRDB

extension PictureFilter {
  /// The filter as an SQL condition on `pictures`; every value is a bound parameter.
  var sql: SQL { condition.sql }
}

extension PictureFilter.Condition {
  fileprivate var sql: SQL {
    switch self {
    case .and(let left, let right): "(\(left.sql) AND \(right.sql))"
    case .or(let left, let right): "(\(left.sql) OR \(right.sql))"
    case .not(let condition): "(NOT \(condition.sql))"
    case .comparison(let field, let comparison, let value):
      Self.sql(field, comparison, value)
    }
  }

  private static func sql(
    _ field: PictureFilter.Field, _ comparison: PictureFilter.Comparison,
    _ value: PictureFilter.Value
  ) -> SQL {
    if comparison == .notEqual { return "(NOT \(sql(field, .equal, value)))" }
    switch value {
    case .number(let number):
      let column = SQL(sql: "pictures.\(field.rawValue)")
      return "(\(column) \(SQL(sql: comparison.rawValue)) \(number))"
    case .text(let text):
      switch field {
      case .taken: return date(comparison, text)
      case .tag:
        let test = comparison == .contains ? contains("tag", text) : "tag = \(text)"
        return """
          EXISTS (SELECT 1 FROM tags WHERE tags.picture_id = pictures.id AND \(test))
          """
      case .folder where comparison == .equal:
        return "(pictures.folder = \(text) OR \(endsWith("pictures.folder", "/" + text)))"
      default:
        // A picture without a caption has the empty one, so that 'not' is always the opposite.
        let column = "IFNULL(pictures.\(field.rawValue), '')"
        return comparison == .contains
          ? contains(column, text) : "(\(SQL(sql: column)) = \(text))"
      }
    }
  }

  /// A date stands for all moments that begin with it; '~' sorts after whatever may follow.
  private static func date(_ comparison: PictureFilter.Comparison, _ text: String) -> SQL {
    let column: SQL = "IFNULL(pictures.taken, '')"
    guard !text.isEmpty else { return "(\(column) = '')" }
    let end = text + "~"
    switch comparison {
    case .contains: return contains("IFNULL(pictures.taken, '')", text)
    case .less: return "(\(column) <> '' AND \(column) < \(text))"
    case .lessOrEqual: return "(\(column) <> '' AND \(column) < \(end))"
    case .greater: return "(\(column) > \(end))"
    case .greaterOrEqual: return "(\(column) >= \(text))"
    case .equal, .notEqual: return "(\(column) >= \(text) AND \(column) < \(end))"
    }
  }

  private static func contains(_ column: String, _ text: String) -> SQL {
    "(\(SQL(sql: column)) LIKE \("%" + escaped(text) + "%") ESCAPE '!')"
  }

  private static func endsWith(_ column: String, _ text: String) -> SQL {
    "(\(SQL(sql: column)) LIKE \("%" + escaped(text)) ESCAPE '!')"
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
