/// The bytes of a page with a place in them, from which decoders take.
struct PageBytes {
  let bytes: [UInt8]
  var position: Int
  let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var rest: Int { end - position }

  mutating func take(_ count: Int) throws(ParquetProblem) -> ArraySlice<UInt8> {
    guard count >= 0, count <= end - position else { throw ParquetProblem("a page is cut off") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A number of up to eight bytes, the lowest first.
  mutating func number(bytes count: Int) throws(ParquetProblem) -> UInt64 {
    guard count <= end - position else { throw ParquetProblem("a page is cut off") }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return value
  }

  /// A number whose bytes say whether another follows.
  mutating func varint() throws(ParquetProblem) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { throw ParquetProblem("a page is cut off") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw ParquetProblem("a number has more than 64 bits")
  }

  mutating func zigzag() throws(ParquetProblem) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
  }

  /// The number of `width` bits at a bit of the page, the lowest bit first.
  func bits(at start: Int, width: Int) throws(ParquetProblem) -> UInt64 {
    guard start + width <= end * 8 else { throw ParquetProblem("a page is cut off") }
    var value: UInt64 = 0
    var found = 0
    while found < width {
      let bit = start + found
      let count = min(8 - bit & 7, width - found)
      let piece = UInt64(bytes[bit >> 3]) >> UInt64(bit & 7) & (1 << UInt64(count) - 1)
      value |= piece << UInt64(found)
      found += count
    }
    return value
  }
}
