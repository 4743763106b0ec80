/// Watches a JSON body arrive and tells whether it is larger than its content can need.
///
/// Megabytes are only good for pictures in base64. Anything else that is long (a vector of a million
/// numbers, a text without end) costs far more memory and time decoded than it had bytes, so it is
/// refused before it is decoded, and even before it has arrived.
package struct BodyShape: Sendable {
  /// How much of a body may be what.
  package struct Limits: Sendable {
    /// Bytes outside of strings: numbers, brackets, blanks.
    package var structure: Int
    /// Bytes of strings that are no pictures.
    package var text: Int

    package init(structure: Int = 64 << 10, text: Int = 64 << 10) {
      self.structure = structure
      self.text = text
    }
  }

  /// A string becomes a picture's by being longer than this and looking like base64.
  private static let shortest = 4 << 10

  private enum Place {
    case outside
    /// In a string, all of which could be base64 or a data address.
    case base64
    /// In a string that is text.
    case text
  }

  private let limits: Limits
  private var place = Place.outside
  private var isEscaped = false
  private var stringBytes = 0
  private var structure = 0
  private var text = 0

  /// The shape of an empty body.
  package init(_ limits: Limits) {
    self.limits = limits
  }

  /// Looks at the next bytes.
  ///
  /// - Throws: ``ServerError/tooLarge(limit:)``.
  package mutating func take(_ bytes: some Sequence<UInt8>) throws(ServerError) {
    for byte in bytes {
      take(byte)
      guard structure <= limits.structure else { throw .tooLarge(limit: limits.structure) }
      guard text <= limits.text else { throw .tooLarge(limit: limits.text) }
    }
  }

  private mutating func take(_ byte: UInt8) {
    switch place {
    case .outside:
      structure += 1
      if byte == UInt8(ascii: "\"") {
        place = .base64
        stringBytes = 0
      }
    case .base64, .text:
      stringBytes += 1
      if place == .text { text += 1 }
      if isEscaped {
        isEscaped = false
        // Base64 has line ends and slashes escaped, nothing else.
        if place == .base64, !"nr/".utf8.contains(byte) { becomeText() }
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        if place == .base64, stringBytes < Self.shortest { becomeText() }
        place = .outside
      } else if place == .base64, !Self.isBase64(byte) {
        becomeText()
      }
    }
  }

  private mutating func becomeText() {
    place = .text
    text += stringBytes
  }

  /// Letters, digits and signs of base64 and of `data:image/svg+xml;base64,`.
  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "+")...UInt8(ascii: "="), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
