import CLIPSearch
import Foundation

/// Conditions in Milvus's language.
///
/// It has no search within texts that tells capital letters as filters do, and none of a text's end:
/// conditions on folders and tags are asked as lists of those there are; what else cannot be said is
/// looked for among all pictures.
struct MilvusExpression {
  /// Names in one list.
  private static let maximumNames = 2_000

  let paths: LibraryPaths
  /// Folders as the store writes them, and tags.
  let facets: () throws -> MilvusFacets

  /// - Returns: `nil` if the condition cannot be said.
  func text(_ condition: PictureFilter.Condition) throws -> String? {
    switch condition {
    case .and(let left, let right): return try joined(left, "and", right)
    case .or(let left, let right): return try joined(left, "or", right)
    case .not(let condition): return try text(condition).map { "not (\($0))" }
    case .comparison(let field, .notEqual, let value):
      return try text(.not(.comparison(field, .equal, value)))
    case .comparison(let field, let comparison, .number(let number)):
      let sign = comparison == .equal ? "==" : comparison.rawValue
      return "\(field.rawValue) \(sign) \(number)"
    case .comparison(let field, let comparison, .text(let text)):
      return try self.text(field, comparison, text)
    }
  }

  private func joined(
    _ left: PictureFilter.Condition, _ word: String, _ right: PictureFilter.Condition
  ) throws -> String? {
    guard let left = try text(left), let right = try text(right) else { return nil }
    return "(\(left)) \(word) (\(right))"
  }

  private func text(
    _ field: PictureFilter.Field, _ comparison: PictureFilter.Comparison, _ text: String
  ) throws -> String? {
    switch field {
    case .taken: return date(comparison, text)
    case .folder:
      let names = try facets().folders.map(\.path).filter {
        PictureFilter.Condition.holds(.folder, comparison, text, for: paths.absolute($0))
      }
      return list(names) { "folder in \($0)" }
    case .tag:
      if comparison == .equal { return "array_contains(tags, \(Self.quoted(text)))" }
      let names = try facets().tags.map(\.tag).filter {
        PictureFilter.Condition.holds(.tag, comparison, text, for: $0)
      }
      return list(names) { "array_contains_any(tags, \($0))" }
    case .path:
      return comparison == .equal ? "path == \(Self.quoted(paths.stored(text)))" : nil
    default:
      return comparison == .equal ? "\(field.rawValue) == \(Self.quoted(text))" : nil
    }
  }

  private func list(_ names: [String], _ body: (String) -> String) -> String? {
    if names.isEmpty { return "number < 0" }
    return names.count <= Self.maximumNames ? body(Self.list(names)) : nil
  }

  /// A date stands for all moments that begin with it; '~' sorts after whatever may follow.
  private func date(_ comparison: PictureFilter.Comparison, _ text: String) -> String? {
    guard !text.isEmpty else { return comparison == .contains ? "number >= 0" : "taken == \"\"" }
    let (start, end) = (Self.quoted(text), Self.quoted(text + "~"))
    return switch comparison {
    case .contains: nil
    case .less: "(taken != \"\" and taken < \(start))"
    case .lessOrEqual: "(taken != \"\" and taken < \(end))"
    case .greater: "taken > \(end)"
    case .greaterOrEqual: "taken >= \(start)"
    case .equal, .notEqual: "(taken >= \(start) and taken < \(end))"
    }
  }

  // MARK: Values

  static func list(_ numbers: some Sequence<Int64>) -> String {
    "[" + numbers.map { String($0) }.joined(separator: ",") + "]"
  }

  static func list(_ texts: some Sequence<String>) -> String {
    "[" + texts.map(quoted).joined(separator: ",") + "]"
  }

  /// A text with nothing in it that could end it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// What pictures are listed by.
struct MilvusFacets {
  var folders: [(path: String, count: Int)] = []
  var tags: [(tag: String, count: Int)] = []
  var bytes: Int64 = 0
}
