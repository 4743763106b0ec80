/// A tensor name with places: `#` stands for a number, a final `*` for any rest.
struct NamePattern {
  /// The pattern as written.
  let text: String

  /// What stands in the places of a name; `nil` when the name does not fit.
  func captures(in name: String) -> [Substring]? {
    var captures: [Substring] = []
    var rest = Substring(name)
    for character in text {
      switch character {
      case "#":
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        captures.append(digits)
        rest = rest.dropFirst(digits.count)
      case "*":
        guard !rest.isEmpty else { return nil }
        captures.append(rest)
        rest = ""
      default:
        guard rest.first == character else { return nil }
        rest = rest.dropFirst()
      }
    }
    return rest.isEmpty ? captures : nil
  }

  /// The name with the places filled.
  func filled(with captures: [Substring]) -> String {
    var captures = captures[...]
    return text.reduce(into: "") { result, character in
      if character == "#" || character == "*" {
        result += captures.popFirst() ?? ""
      } else {
        result.append(character)
      }
    }
  }
}
