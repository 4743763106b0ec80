/// One line of a file: its number, counted from 1, and where its content lies without surrounding blanks.
package struct FileLine: Sendable, Equatable {
  package let number: Int
  package let range: Range<Int>
}

extension MappedFile {
  /// Calls `body` for every line that is not blank.
  ///
  /// Lines end at byte 0x0A only: a JSON text may hold
  /// U+2028, which is no line end here. Spaces, tabs and carriage returns at both ends are left out, as
  /// the original's `strip()` does.
  package func forEachLine<Failure: Error>(
    _ body: (FileLine) throws(Failure) -> Void
  ) throws(Failure) {
    var number = 0
    var start = 0
    while start < count {
      number += 1
      let end = offset(of: 0x0A, in: start..<count) ?? count
      let content = trimmed(start..<end)
      if !content.isEmpty { try body(FileLine(number: number, range: content)) }
      start = end + 1
    }
  }

  /// The line that starts at `offset`, trimmed.
  package func line(from offset: Int) -> Range<Int> {
    trimmed(offset..<(self.offset(of: 0x0A, in: offset..<count) ?? count))
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, Self.isBlank(bytes[lower]) { lower += 1 }
    while lower < upper, Self.isBlank(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// A part of the file, valid while this object is alive.
  package func bytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range])
  }
}
