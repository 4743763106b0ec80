package import Foundation

/// Reads base64 as forgivingly as Python's `urlsafe_b64decode`, which the original uses: the standard and
/// the URL-safe alphabet, any foreign character skipped; and, beyond it, padding may be missing.
package enum Base64 {
  /// The decoded bytes, and how far the text strayed from the plain form.
  package struct Decoded: Sendable, Equatable {
    /// The bytes.
    package let data: Data
    /// How many characters belong to neither alphabet and were skipped.
    package let foreignCharacters: Int
    /// Whether the closing `=` signs were missing.
    package let isUnpadded: Bool
    /// What stood around the text, as `data:image/jpeg;base64,` or `b'…'`; empty if nothing did.
    package var wrapping = ""
  }

  /// Decodes base64 text.
  ///
  /// The beginning of a data URL and the quotation marks of a Python literal, which exports leave around
  /// the text, are taken off.
  ///
  /// - Parameter text: ASCII bytes.
  /// - Returns: nil when nothing is there to decode, or when a last single character is left over: such
  ///   a text has lost characters.
  package static func decode(_ text: UnsafeRawBufferPointer) -> Decoded? {
    let (content, wrapping) = unwrapped(text)
    var decoded = decodePlain(content)
    decoded?.wrapping = wrapping
    return decoded
  }

  /// The text itself, and what stood around it.
  private static func unwrapped(
    _ text: UnsafeRawBufferPointer
  ) -> (content: UnsafeRawBufferPointer, wrapping: String) {
    var content = text[...]
    var wrapping = ""
    for quote in [UInt8(ascii: "'"), UInt8(ascii: "\"")] {
      for prefix in [[UInt8(ascii: "b"), quote], [quote]]
      where content.count > prefix.count && content.starts(with: prefix) && content.last == quote {
        content = content.dropFirst(prefix.count).dropLast()
        let mark = String(decoding: [quote], as: UTF8.self)
        wrapping = String(decoding: prefix, as: UTF8.self) + "…" + mark
      }
    }
    // A media type is short; a text without one has no comma at all.
    if content.starts(with: Array("data:".utf8)),
      let comma = content.prefix(128).firstIndex(of: UInt8(ascii: ","))
    {
      wrapping += String(decoding: content[...comma], as: UTF8.self)
      content = content[(comma + 1)...]
    }
    return (UnsafeRawBufferPointer(rebasing: content), wrapping)
  }

  private static func decodePlain(_ text: UnsafeRawBufferPointer) -> Decoded? {
    var output = Data(count: text.count / 4 * 3 + 3)
    var written = 0
    var foreign = 0
    var pads = 0
    var quad: UInt32 = 0
    var quadCount = 0
    output.withUnsafeMutableBytes { (bytes: UnsafeMutableRawBufferPointer) in
      var position = 0
      while position < text.count {
        // Four plain characters at once: nearly all of every file.
        if quadCount == 0, position + 4 <= text.count {
          let a = table[Int(text[position])]
          let b = table[Int(text[position + 1])]
          let c = table[Int(text[position + 2])]
          let d = table[Int(text[position + 3])]
          if (a | b | c | d) & 0xC0 == 0 {
            bytes[written] = a << 2 | b >> 4
            bytes[written + 1] = b << 4 | c >> 2
            bytes[written + 2] = c << 6 | d
            written += 3
            position += 4
            continue
          }
        }
        let character = text[position]
        position += 1
        let value = table[Int(character)]
        if value < 64 {
          pads = 0
          quad = quad << 6 | UInt32(value)
          quadCount += 1
          if quadCount == 4 {
            bytes[written] = UInt8(truncatingIfNeeded: quad >> 16)
            bytes[written + 1] = UInt8(truncatingIfNeeded: quad >> 8)
            bytes[written + 2] = UInt8(truncatingIfNeeded: quad)
            written += 3
            quad = 0
            quadCount = 0
          }
        } else if character == UInt8(ascii: "=") {
          pads += 1
          // A complete padding ends the text, whatever follows.
          if quadCount >= 2, quadCount + pads >= 4 { break }
        } else {
          foreign += 1
        }
      }
      if quadCount >= 2 {
        bytes[written] = UInt8(truncatingIfNeeded: quadCount == 2 ? quad >> 4 : quad >> 10)
        written += 1
      }
      if quadCount == 3 {
        bytes[written] = UInt8(truncatingIfNeeded: quad >> 2)
        written += 1
      }
    }
    guard written > 0, quadCount != 1 else { return nil }
    output.removeSubrange(written...)
    return Decoded(
      data: output, foreignCharacters: foreign, isUnpadded: quadCount >= 2 && quadCount + pads < 4)
  }

  /// Decodes base64 text; see ``decode(_:)-(UnsafeRawBufferPointer)``.
  package static func decode(_ text: String) -> Decoded? {
    Array(text.utf8).withUnsafeBytes { decode($0) }
  }

  /// Value of each byte: 0–63, or 255 outside both alphabets.
  private static let table: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    table[Int(UInt8(ascii: "-"))] = 62
    table[Int(UInt8(ascii: "_"))] = 63
    return table
  }()
}
