/// Scans the small part of JSON that a safetensors header consists of.
///
/// That is objects, texts, and arrays of whole numbers. Unlike a general parser it keeps the order
/// of keys, sees repeated ones, and cannot be made to nest.
struct HeaderScanner {
  let source: String
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, source: String) {
    self.bytes = bytes
    self.source = source
  }

  func damage(_ reason: String) -> CheckpointError {
    .damaged(source: source, reason: "\(reason) (header, near byte \(offset + 8))")
  }

  /// Scans an object; the closure scans the value of each key.
  mutating func object(_ value: (inout HeaderScanner, String) throws -> Void) throws {
    try sequence(from: "{", to: "}") { scanner in
      let key = try scanner.string()
      try scanner.expect(":")
      try value(&scanner, key)
    }
  }

  /// Scans an object of texts.
  mutating func texts() throws -> [String: String] {
    var result: [String: String] = [:]
    try object { scanner, key in result[key] = try scanner.string() }
    return result
  }

  /// Scans an array of whole numbers that are not negative.
  mutating func integers() throws -> [Int] {
    var result: [Int] = []
    try sequence(from: "[", to: "]") { scanner in result.append(try scanner.integer()) }
    return result
  }

  /// Scans to the end, which only spaces may precede.
  mutating func end() throws {
    skipSpace()
    guard offset == bytes.count else { throw damage("something follows the object") }
  }

  private mutating func sequence(
    from open: Unicode.Scalar, to close: Unicode.Scalar,
    element: (inout HeaderScanner) throws -> Void
  ) throws {
    try expect(open)
    if accept(close) { return }
    repeat { try element(&self) } while accept(",")
    try expect(close)
  }

  private mutating func skipSpace() {
    while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard accept(character) else { throw damage("\"\(character)\" is missing") }
  }

  private mutating func integer() throws -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(Int(bytes[offset] - 0x30))
      guard !overflow, !overflow2 else { throw damage("a number is too large") }
      value = sum
      offset += 1
    }
    guard offset > start else { throw damage("a whole number is missing") }
    return value
  }

  /// Scans a text with its escapes.
  mutating func string() throws -> String {
    try expect("\"")
    var content: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw damage("a text is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content += try escape()
      case 0..<0x20: throw damage("a text contains a control character")
      default: content.append(byte)
      }
    }
    throw damage("a text has no end")
  }

  private mutating func escape() throws -> [UInt8] {
    guard offset < bytes.count else { throw damage("a text has no end") }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw damage("an escape is unknown")
    }
  }

  private mutating func unicodeEscape() throws -> [UInt8] {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
        bytes[offset + 1] == UInt8(ascii: "u")
      else { throw damage("half of a surrogate pair is missing") }
      offset += 2
      units.append(try codeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw damage("an escape is no character")
    }
    return Array(text.utf8)
  }

  private mutating func codeUnit() throws -> UInt16 {
    guard offset + 4 <= bytes.count else { throw damage("an escape has no end") }
    let digits = bytes[offset..<offset + 4]
    offset += 4
    var unit: UInt16 = 0
    for digit in digits {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue, digit < 0x80 else {
        throw damage("an escape is not hexadecimal")
      }
      unit = unit << 4 | UInt16(value)
    }
    return unit
  }
}
