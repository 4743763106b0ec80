/// A condition on pictures, written as `taken > 2024 and (folder ~ 旅行 or tag = 海边)`.
///
/// Fields: `taken`, `folder`, `name`, `path`, `size`, `width`, `height`, `format`, `camera`,
/// `caption`, `tag`. Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, and `~` for "contains", which does
/// not tell capital from small Latin letters. Conditions are joined by `and`, `or`, `not` and
/// parentheses; `not` binds closest, then `and`. Values with spaces stand in quotes.
///
/// Dates may be years, months, days or moments, and stand for that whole time: `taken = 2024-05` is
/// any moment of that May, `taken > 2024` is 2025 and later, `taken >= 2024` is 2024 and later.
/// Sizes may have a unit: `size > 2MB`.
public struct PictureFilter: Sendable, Equatable, CustomStringConvertible {
  /// What was written.
  public let description: String
  package let condition: Condition

  /// Reads a filter.
  ///
  /// - Throws: ``SearchError/filter(expression:position:problem:)`` that points at the mistake.
  public init(_ expression: String) throws(SearchError) {
    description = expression
    var parser = try FilterParser(expression)
    condition = try parser.parse()
  }

  /// A filter as a tree: what a store turns into its own language.
  package indirect enum Condition: Sendable, Equatable {
    case and(Condition, Condition)
    case or(Condition, Condition)
    case not(Condition)
    case comparison(Field, Comparison, Value)
  }

  /// What of a picture is compared.
  package enum Field: String, Sendable, CaseIterable {
    case taken
    case folder
    case name
    case path
    case size
    case width
    case height
    case format
    case camera
    case caption
    case tag

    /// Chinese names of the fields.
    static let chinese: [String: Field] = [
      "拍摄": .taken, "时间": .taken, "文件夹": .folder, "名称": .name, "路径": .path, "大小": .size,
      "宽": .width, "高": .height, "格式": .format, "相机": .camera, "说明": .caption, "标签": .tag,
    ]

    /// What its values are.
    package var kind: Kind {
      switch self {
      case .taken: .date
      case .size, .width, .height: .number
      case .folder, .name, .path, .format, .camera, .caption, .tag: .text
      }
    }
  }

  /// The kinds of fields.
  package enum Kind: Sendable {
    case text
    case number
    case date
  }

  /// How a field is compared.
  package enum Comparison: String, Sendable, CaseIterable {
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "="
    case less = "<"
    case greater = ">"
    case contains = "~"
  }

  /// What a field is compared with.
  package enum Value: Sendable, Equatable {
    case text(String)
    case number(Int64)
  }
}
