package import Foundation

/// Mends what a text cut in the middle of an emoji leaves in JSON: `"猫\ud83d"`.
package enum HalfSurrogates {
  /// The document with every half surrogate that stands alone replaced by U+FFFD, as ``JSONScanner``
  /// reads them; Foundation's decoders refuse such documents as a whole.
  package static func replaced(in json: Data) -> Data {
    guard json.contains(UInt8(ascii: "\\")) else { return json }
    var bytes = [UInt8](json)
    var position = 0
    while let backslash = bytes[position...].firstIndex(of: UInt8(ascii: "\\")) {
      guard let unit = unit(at: backslash, in: bytes) else {
        // Another escape: its second character may be a backslash.
        position = min(backslash + 2, bytes.count)
        continue
      }
      position = backslash + 6
      if (0xD800...0xDBFF).contains(unit), let second = self.unit(at: position, in: bytes),
        (0xDC00...0xDFFF).contains(second)
      {
        position += 6
      } else if (0xD800...0xDFFF).contains(unit) {
        bytes.replaceSubrange(backslash + 2..<backslash + 6, with: Array("fffd".utf8))
      }
    }
    return Data(bytes)
  }

  /// The number of an escape `\uXXXX` at a place.
  private static func unit(at position: Int, in bytes: [UInt8]) -> UInt32? {
    guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return nil }
    let digits = bytes[position + 2..<position + 6]
    guard digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
