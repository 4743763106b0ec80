/// One part of `tokenizer.json` with a type, such as a normaliser, while it is read.
///
/// Every key has to be asked for: what nobody asks for is an option that would be ignored, so
/// ``finish()`` refuses it.
struct TokenizerPart {
  /// What messages call it: "the normalizer Replace".
  let name: String
  /// Its type, such as `Replace`.
  let type: String
  private let members: [String: JSONPart]
  private var asked: Set<String> = ["type"]

  /// - Throws: ``TokenizerProblem`` for what is no object with a type.
  init(_ part: JSONPart, role: String) throws(TokenizerProblem) {
    guard case .object(let members) = part, case .string(let type)? = members["type"] else {
      throw TokenizerProblem("\(role) has no type")
    }
    self.init(members, role: role, type: type)
  }

  init(_ members: [String: JSONPart], role: String, type: String) {
    self.members = members
    self.type = type
    name = type.isEmpty ? role : "\(role) \(type.prefix(40))"
  }

  /// Refuses the part as a whole.
  var unsupported: TokenizerProblem { TokenizerProblem("\(name) is not supported") }

  /// Takes keys that change no id.
  mutating func ignore(_ keys: String...) { asked.formUnion(keys) }

  /// A value that may be absent or null.
  mutating func value(_ key: String) -> JSONPart? {
    asked.insert(key)
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  /// Whether the file says something under a key, even null.
  func has(_ key: String) -> Bool { members[key] != nil }

  mutating func bool(_ key: String, or fallback: Bool? = nil) throws(TokenizerProblem) -> Bool {
    switch value(key) {
    case .bool(let value)?: return value
    case nil: if let fallback { return fallback }
    default: break
    }
    throw problem(key, "true or false")
  }

  mutating func string(_ key: String) throws(TokenizerProblem) -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else { throw problem(key, "a text") }
    return text
  }

  /// A text that is put into texts, so it must be short.
  mutating func insertedScalars(_ key: String) throws(TokenizerProblem) -> [UInt32] {
    let scalars = try requiredString(key).unicodeScalars.map(\.value)
    guard scalars.count <= Self.longestInsertion else {
      throw problem(key, "at most \(Self.longestInsertion) characters long")
    }
    return scalars
  }

  private static let longestInsertion = 256

  mutating func requiredString(_ key: String) throws(TokenizerProblem) -> String {
    guard let text = try string(key) else { throw problem(key, "a text") }
    return text
  }

  mutating func integer(_ key: String) throws(TokenizerProblem) -> Int? {
    guard let value = value(key) else { return nil }
    guard case .number(let digits) = value, let number = Int(digits), number >= 0 else {
      throw problem(key, "a whole number")
    }
    return number
  }

  mutating func list(_ key: String) throws(TokenizerProblem) -> [JSONPart] {
    guard case .array(let elements)? = value(key) else { throw problem(key, "a list") }
    return elements
  }

  /// A text with its id, as `["[SEP]", 102]`.
  mutating func mark(_ key: String) throws(TokenizerProblem) -> (piece: String, id: Int32) {
    guard case .array(let pair)? = value(key), pair.count == 2, case .string(let piece) = pair[0],
      case .number(let digits) = pair[1], let id = Int32(digits)
    else { throw problem(key, "a piece and its id") }
    return (piece, id)
  }

  /// Refuses keys that nobody asked for.
  func finish() throws(TokenizerProblem) {
    guard let unknown = members.keys.filter({ !asked.contains($0) }).min() else { return }
    throw TokenizerProblem("\(name) has an option '\(unknown.prefix(40))', which is not known")
  }

  func problem(_ key: String, _ expected: String) -> TokenizerProblem {
    TokenizerProblem("'\(key)' of \(name) is not \(expected)")
  }
}

/// Why a `tokenizer.json` cannot be used, as the end of a sentence.
struct TokenizerProblem: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }
}
