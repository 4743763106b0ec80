/// Chooses names by patterns, in which `*` stands for any characters.
///
/// Patterns apply in order and the last one that fits decides; one that begins with `!` takes names
/// out again: `["*", "!logit_scale"]` is everything but the temperature.
public struct NamePatterns: Codable, Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The patterns as written.
  public var patterns: [String]

  /// Names no pattern: nothing is chosen.
  public static let none = NamePatterns([])

  /// Keeps the patterns.
  public init(_ patterns: [String]) {
    self.patterns = patterns
  }

  /// Patterns written as a list.
  public init(arrayLiteral elements: String...) {
    patterns = elements
  }

  /// Reads a list of strings.
  public init(from decoder: any Decoder) throws {
    patterns = try decoder.singleValueContainer().decode([String].self)
  }

  /// Writes a list of strings.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(patterns)
  }

  /// Whether a name is chosen.
  public func contains(_ name: String) -> Bool {
    var isChosen = false
    for pattern in patterns {
      let excludes = pattern.hasPrefix("!")
      if Self.matches(name.utf8[...], (excludes ? pattern.dropFirst() : pattern[...]).utf8) {
        isChosen = !excludes
      }
    }
    return isChosen
  }

  /// Patterns that choose none of the names: most likely misspelt.
  public func unused(among names: [String]) -> [String] {
    patterns.filter { pattern in
      let bare = pattern.hasPrefix("!") ? pattern.dropFirst() : pattern[...]
      return !names.contains { Self.matches($0.utf8[...], bare.utf8) }
    }
  }

  /// Matches greedily, going back to the last `*` where a character differs: linear for real names,
  /// and never more than the product of the lengths.
  private static func matches(_ name: Substring.UTF8View, _ pattern: Substring.UTF8View) -> Bool {
    var name = name
    var pattern = pattern
    var afterStar: Substring.UTF8View?
    var retry = name
    while !name.isEmpty {
      if let character = pattern.first, character == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        afterStar = pattern
        retry = name
      } else if let character = pattern.first, character == name.first {
        pattern = pattern.dropFirst()
        name = name.dropFirst()
      } else if let star = afterStar {
        pattern = star
        retry = retry.dropFirst()
        name = retry
      } else {
        return false
      }
    }
    return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
