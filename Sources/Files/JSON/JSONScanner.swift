import Foundation

/// What is wrong with a JSON text, and at which byte of it (counted from 1).
package struct JSONProblem: Error, Equatable, CustomStringConvertible {
  package let column: Int
  package let message: String
  package var description: String { "\(message) (byte \(column))" }

  package init(column: Int, message: String) {
    self.column = column
    self.message = message
  }
}

/// A one-pass reader of one JSON text.
///
/// The data files of this field are JSON lines by the million with ids of 64 bits and features of 512
/// numbers; this reader takes the fields it is asked for straight from the mapped file, never turns an id
/// into a floating-point number, and says at which byte a line is wrong.
package struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// Nesting deeper than this is refused: nothing here needs it, and skipping it must not overflow the stack.
  private static let maximumDepth = 64

  /// - Parameter bytes: one JSON text in UTF-8; must stay valid while the scanner is used.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads an object: calls `body` for each key, which must read or skip exactly one value.
  package mutating func object(
    _ body: (_ key: String, _ scanner: inout JSONScanner) throws -> Void
  ) throws {
    try expect(UInt8(ascii: "{"), "an object in braces")
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"), "a colon after the key \"\(key)\"")
      try body(key, &self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"), "a comma or the closing brace")
  }

  /// Reads an array: calls `body` for each element, which must read or skip exactly one value.
  package mutating func array(_ body: (_ scanner: inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "["), "a list in brackets")
    if take(UInt8(ascii: "]")) { return }
    repeat { try body(&self) } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"), "a comma or the closing bracket")
  }

  /// Checks that nothing but blanks is left.
  package mutating func end() throws {
    skipBlanks()
    guard position == bytes.count else { throw problem("unexpected text after the value") }
  }

  /// The next value's first byte, or nil at the end.
  package mutating func peek() -> UInt8? {
    skipBlanks()
    return position < bytes.count ? bytes[position] : nil
  }

  /// Takes a `null` if it comes next.
  package mutating func takeNull() -> Bool {
    let start = position
    if "null".utf8.elementsEqual(number()) { return true }
    position = start
    return false
  }

  /// Reads a string, or `null` as nil.
  package mutating func optionalString() throws -> String? { takeNull() ? nil : try string() }

  /// Reads a whole number that fits in 64 bits.
  package mutating func integer() throws -> Int64 {
    let token = number()
    guard let value = DecimalIdentifier.parse(token) else {
      throw problem("expected a whole number of at most 64 bits, found \(excerpt(token))")
    }
    return value
  }

  /// Reads a finite number.
  package mutating func float() throws -> Float {
    let token = number()
    guard let value = FloatParser.parse(token), value.isFinite else {
      throw problem("expected a finite number, found \(excerpt(token))")
    }
    return value
  }

  /// Reads a list of finite numbers.
  package mutating func floats() throws -> [Float] {
    var values: [Float] = []
    try array { values.append(try $0.float()) }
    return values
  }

  /// Reads a list of whole numbers that are not negative.
  package mutating func counts() throws -> [Int] {
    var values: [Int] = []
    try array { scanner in
      let value = try scanner.integer()
      guard value >= 0, let count = Int(exactly: value) else {
        throw scanner.problem("expected a number that is not negative, found \(value)")
      }
      values.append(count)
    }
    return values
  }

  /// Reads a string, or a number or a truth value as it stands; skips anything else and gives nil.
  package mutating func fact() throws -> String? {
    switch peek() {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try skip()
      return nil
    default:
      let token = number()
      guard !token.isEmpty else { throw problem("expected a value") }
      return "null".utf8.elementsEqual(token) ? nil : String(decoding: token, as: UTF8.self)
    }
  }

  /// Skips one value of any kind.
  package mutating func skip() throws { try skip(depth: 0) }

  private mutating func skip(depth: Int) throws {
    guard depth < Self.maximumDepth else { throw problem("values are nested too deeply") }
    switch peek() {
    case UInt8(ascii: "{"): try object { _, scanner in try scanner.skip(depth: depth + 1) }
    case UInt8(ascii: "["): try array { scanner in try scanner.skip(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    default:
      let token = number()
      let isWord = ["true", "false", "null"].contains { $0.utf8.elementsEqual(token) }
      guard isWord || FloatParser.parse(token) != nil else {
        throw problem("expected a value, found \(excerpt(token))")
      }
    }
  }

  /// Reads a string.
  package mutating func string() throws -> String {
    try expect(UInt8(ascii: "\""), "a string in double quotes")
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard let text = String(validating: content, as: UTF8.self) else {
          throw problem("the string is not UTF-8")
        }
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw problem("a control character inside a string must be escaped")
      default: position += 1
      }
    }
    throw problem("the string is not closed")
  }

  /// The slow way, from the first backslash on.
  private mutating func escapedString(from start: Int) throws -> String {
    var content = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw problem("the string is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape().utf8)
      case 0..<0x20: throw problem("a control character inside a string must be escaped")
      default: content.append(byte)
      }
    }
    throw problem("the string is not closed")
  }

  /// What stands for the escape sequence after a backslash.
  private mutating func escape() throws -> Character {
    guard position < bytes.count else { throw problem("the string is not closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return Character(Unicode.Scalar(byte))
    case UInt8(ascii: "u"): return Character(try escapedScalar())
    default: throw problem("unknown escape sequence")
    }
  }

  /// The character of `\uXXXX`, or of two that are the halves of a surrogate pair.
  ///
  /// A half that stands alone is what a text cut in the middle of an emoji leaves. It stands for no
  /// character, and becomes U+FFFD, as decoders of text do; tokenizers of the BERT family drop either.
  private mutating func escapedScalar() throws -> Unicode.Scalar {
    let first = try hexadecimalUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    let rest = position
    if first < 0xDC00, bytes[position...].starts(with: Array("\\u".utf8)) {
      position += 2
      let second = try hexadecimalUnit()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00)))
      {
        return scalar
      }
      position = rest
    }
    return "\u{FFFD}"
  }

  private mutating func hexadecimalUnit() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw problem("the string is not closed") }
    var unit: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw problem("expected four hexadecimal digits after \\u")
      }
      unit = unit << 4 | UInt32(digit)
    }
    position += 4
    return unit
  }

  // MARK: Small steps

  /// The bytes up to the next delimiter: a number or a word.
  private mutating func number() -> UnsafeRawBufferPointer {
    skipBlanks()
    let start = position
    while position < bytes.count, !Self.endsToken(bytes[position]) { position += 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"),
      UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""), 0x20, 0x09, 0x0A, 0x0D:
      true
    default: false
    }
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// Skips blanks and takes `byte` if it comes next.
  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws {
    guard take(byte) else {
      if position == bytes.count { throw problem("the text ends where \(what) was expected") }
      throw problem("expected \(what)")
    }
  }

  /// A problem at the present place.
  ///
  /// Text of another encoding breaks JSON in many ways, of which only the encoding is worth a word: bytes
  /// of GBK may be quotation marks and backslashes.
  package func problem(_ message: String) -> JSONProblem {
    if let offset = UTF8Check.firstInvalid(in: bytes) {
      return JSONProblem(
        column: offset + 1, message: "the text is not UTF-8; \(TextEncoding(of: bytes).advice())")
    }
    return JSONProblem(column: position + 1, message: message)
  }

  private func excerpt(_ token: UnsafeRawBufferPointer) -> String {
    if !token.isEmpty { return "\"\(String(decoding: token.prefix(32), as: UTF8.self))\"" }
    guard position < bytes.count else { return "the end of the text" }
    return "\"\(String(decoding: bytes[position...].prefix(12), as: UTF8.self))\""
  }
}
