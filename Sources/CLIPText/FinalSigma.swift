/// The one rule of Python's `str.lower` that looks at the neighbours of a letter.
///
/// Σ becomes ς after a cased letter and not before one, otherwise σ; case-ignorable characters in
/// between do not count (`handle_capital_sigma` in CPython's `unicodeobject.c`, Final_Sigma in the
/// Unicode Standard, table 3-17).
enum FinalSigma {
  /// What a Σ becomes.
  ///
  /// Separators and ideographs are neither cased nor case-ignorable, so the search ends at them as
  /// it ends at the border of a word.
  ///
  /// - Parameters:
  ///   - text: UTF-8, in which malformed bytes are passed over.
  ///   - range: Where in the text the Σ stands.
  ///   - skippingDropped: Whether the characters that cleaning removes are already gone when Python
  ///     lower-cases.
  ///   - tables: What is known about the neighbours.
  /// - Returns: The code point of σ or ς.
  static func lowercased(
    in text: UnsafeBufferPointer<UInt8>, at range: Range<Int>, skippingDropped: Bool,
    tables: UnicodeTables
  ) -> UInt32 {
    func isSkipped(_ scalar: UInt32) -> Bool {
      tables.isCaseIgnorable(scalar) || (skippingDropped && tables[scalar].kind == .dropped)
    }
    var position = range.lowerBound
    var before = UTF8Reader.previous(in: text, &position)
    while let scalar = before, isSkipped(scalar) {
      before = UTF8Reader.previous(in: text, &position)
    }
    guard let before, tables.isCased(before) else { return 0x03C3 }

    position = range.upperBound
    var after = UTF8Reader.next(in: text, &position)
    while let scalar = after, isSkipped(scalar) {
      after = UTF8Reader.next(in: text, &position)
    }
    guard let after, tables.isCased(after) else { return 0x03C2 }
    return 0x03C3
  }
}
