import Files

extension Vocabulary {
  /// Where the pieces of a file stand: its lines without the white space around them.
  ///
  /// An empty line is a piece too, which no text contains. Bytes after the last line end are one
  /// more line, if there are any.
  static func lines(of bytes: [UInt8], name: String) throws(CLIPTextError) -> [Range<Int32>] {
    var lines: [Range<Int32>] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      guard let line = trimmed(bytes, start..<end) else {
        let encoding = bytes.withUnsafeBytes { TextEncoding(of: $0) }
        let advice =
          encoding == .unknown
          ? "expected a text file with one piece a line; is it another kind of file?"
          : encoding.advice(path: name)
        throw .vocabularyNotUTF8(file: name, line: lines.count + 1, advice: advice)
      }
      lines.append(line)
      start = end + 1
    }
    return lines
  }

  static func trie(of bytes: [UInt8], _ lines: [Range<Int32>]) -> PieceTrie {
    var trie = PieceTrie(expectedEdges: 3 * lines.count / 2)
    var scalars: [UInt32] = []
    bytes.withUnsafeBufferPointer { bytes in
      for (id, line) in lines.enumerated() {
        let line = UnsafeBufferPointer(rebasing: bytes[Int(line.lowerBound)..<Int(line.upperBound)])
        scalars.removeAll(keepingCapacity: true)
        var position = 0
        while let scalar = UTF8Reader.next(in: line, &position) { scalars.append(scalar) }
        trie.insert(scalars, piece: Int32(id))
      }
    }
    return trie
  }

  /// The range without what Python's `str.strip` removes; nil if the bytes are not UTF-8.
  private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int32>? {
    bytes.withUnsafeBufferPointer { bytes in
      let line = UnsafeBufferPointer(rebasing: bytes[range])
      var first: Int?
      var last = 0
      var position = 0
      while position < line.count {
        let start = position
        guard let scalar = UTF8Reader.next(in: line, &position),
          position - start == UTF8.width(Unicode.Scalar(scalar) ?? "\0")
        else { return nil }
        if !isPythonSpace(scalar) {
          first = first ?? start
          last = position
        }
      }
      let start = range.lowerBound + (first ?? 0)
      return Int32(start)..<Int32(first == nil ? start : range.lowerBound + last)
    }
  }

  /// `str.isspace` of Python.
  private static func isPythonSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default:
      false
    }
  }
}
