/// Ids are whole numbers of 64 bits: Chinese-CLIP's own example, 7454547004, does not fit in 32, and
/// none may pass through a floating-point number.
package enum DecimalIdentifier {
  /// Reads an optional minus sign and decimal digits that fill the bytes completely.
  ///
  /// - Returns: nil for anything else, and for numbers beyond 64 bits.
  package static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    var digits = bytes[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      // Built up on the negative side, which reaches one further than the positive.
      let (next, overflow2) = shifted.subtractingReportingOverflow(Int64(byte - 0x30))
      guard !overflow, !overflow2 else { return nil }
      value = next
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }
}
