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
  /// the original's `strip()` does, and so is a byte-order mark at the start of the file.
  package func forEachLine<Failure: Error>(
    _ body: (FileLine) throws(Failure) -> Void
  ) throws(Failure) {
    var lines = FileLines(self)
    while let line = lines.next() { try body(line) }
  }

  /// The line that starts at `offset`, trimmed.
  package func line(from offset: Int) -> Range<Int> {
    trimmed(offset..<(self.offset(of: 0x0A, in: offset..<count) ?? count))
  }

  fileprivate func trimmed(_ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, Self.isBlank(bytes[lower]) { lower += 1 }
    while lower < upper, Self.isBlank(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// Where the text begins: behind UTF-8's byte-order mark, if there is one.
  package var textStart: Int { bytes.prefix(3).elementsEqual([0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  /// Line, counted from 1, in which a byte lies.
  ///
  /// Counts from the start: for messages only.
  package func lineNumber(at offset: Int) -> Int {
    var line = 1
    var position = 0
    while let newline = self.offset(of: 0x0A, in: position..<offset) {
      line += 1
      position = newline + 1
    }
    return line
  }
}

/// The lines of a file that are not blank, one after another, as ``MappedFile/forEachLine(_:)`` has them.
package struct FileLines: Sequence, IteratorProtocol {
  private let file: MappedFile
  private var number = 0
  private var start: Int

  package init(_ file: MappedFile) {
    self.file = file
    start = file.textStart
  }

  package mutating func next() -> FileLine? {
    while start < file.count {
      number += 1
      let end = file.offset(of: 0x0A, in: start..<file.count) ?? file.count
      let content = file.trimmed(start..<end)
      start = end + 1
      if !content.isEmpty { return FileLine(number: number, range: content) }
    }
    return nil
  }

  /// Up to `count` lines.
  package mutating func next(_ count: Int) -> [FileLine] {
    var lines: [FileLine] = []
    while lines.count < count, let line = next() { lines.append(line) }
    return lines
  }
}
