import Files

/// A part of `tokenizer.json` that says how a tokenizer works, read whole: small, unlike vocabularies.
enum JSONPart: Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONPart])
  case object([String: JSONPart])

  /// Deeper or larger parts are no tokenizer's.
  private static let maximumDepth = 16
  private static let maximumCount = 100_000

  /// Reads the next value.
  init(from scanner: inout JSONScanner) throws {
    var count = 0
    self = try Self.read(&scanner, depth: 0, &count)
  }

  private static func read(
    _ scanner: inout JSONScanner, depth: Int, _ count: inout Int
  ) throws -> JSONPart {
    count += 1
    guard depth < maximumDepth, count <= maximumCount else {
      throw scanner.problem("its parts are nested too deeply, or are too many")
    }
    switch scanner.peek() {
    case UInt8(ascii: "{"):
      var members: [String: JSONPart] = [:]
      try scanner.object { key, scanner in
        let value = try read(&scanner, depth: depth + 1, &count)
        guard members.updateValue(value, forKey: key) == nil else {
          throw scanner.problem("the key \"\(key.prefix(40))\" stands twice")
        }
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONPart] = []
      try scanner.array { scanner in
        elements.append(try read(&scanner, depth: depth + 1, &count))
      }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try scanner.string())
    default:
      guard let fact = try scanner.fact() else { return .null }
      if fact == "true" { return .bool(true) }
      if fact == "false" { return .bool(false) }
      guard Double(fact) != nil else {
        throw scanner.problem("expected a value, found \"\(fact.prefix(40))\"")
      }
      return .number(fact)
    }
  }
}
