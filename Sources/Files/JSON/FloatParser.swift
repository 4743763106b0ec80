import Foundation

/// Reads decimal numbers into `Float`, correctly rounded.
///
/// Feature files hold float32 values that Python printed as doubles, 17 digits each, by the ten million.
/// Nineteen digits fit in 64 bits, and one exact product or quotient brings a double within two units of
/// its last place; only when such a double lies next to the middle between two floats does the slow, exact
/// conversion decide.
package enum FloatParser {
  /// - Returns: nil when the bytes are not one JSON number.
  package static func parse(_ text: UnsafeRawBufferPointer) -> Float? {
    var position = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { position = 1 }
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    let wholeStart = position
    while position < text.count, let digit = digit(text[position]) {
      mantissa = mantissa &* 10 &+ digit
      if mantissa > 0 { digits += 1 }
      position += 1
    }
    guard position > wholeStart else { return nil }
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      let fractionStart = position
      while position < text.count, let digit = digit(text[position]) {
        mantissa = mantissa &* 10 &+ digit
        if mantissa > 0 { digits += 1 }
        exponent -= 1
        position += 1
      }
      guard position > fractionStart else { return nil }
    }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      guard let value = exponentValue(text, &position) else { return nil }
      exponent += value
    }
    guard position == text.count else { return nil }
    guard digits <= 19, exponent >= -22, exponent <= 22 else { return exact(text) }
    let magnitude =
      exponent < 0
      ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
    // The low 29 bits of a double are what rounding to a float removes.
    let removed = Int64(magnitude.bitPattern & 0x1FFF_FFFF)
    if abs(removed - 0x1000_0000) <= 4 || magnitude < 1e-37 && mantissa != 0 { return exact(text) }
    return isNegative ? -Float(magnitude) : Float(magnitude)
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    byte >= 0x30 && byte <= 0x39 ? UInt64(byte - 0x30) : nil
  }

  private static func exponentValue(_ text: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
    var isNegative = false
    if position < text.count, text[position] == 0x2B || text[position] == 0x2D {
      isNegative = text[position] == 0x2D
      position += 1
    }
    let start = position
    var value = 0
    while position < text.count, let digit = digit(text[position]) {
      value = min(value * 10 + Int(digit), 100_000)
      position += 1
    }
    return position > start ? (isNegative ? -value : value) : nil
  }

  /// The standard library's conversion: exact, slower by an order of magnitude.
  private static func exact(_ text: UnsafeRawBufferPointer) -> Float? {
    Float(String(decoding: text, as: UTF8.self))
  }

  /// Powers of ten that a double holds exactly.
  private static let powers: [Double] = (0...22).map { Double("1e\($0)") ?? 0 }
}
