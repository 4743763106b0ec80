/// Unpacks raw snappy blocks, as Parquet has them (format_description.txt of google/snappy).
enum Snappy {
  private static let format = "snappy"
  /// The format counts in 32 bits.
  static let largest = 1 << 31

  static func unpack(
    _ input: UnsafeRawBufferPointer, limit: Int
  ) throws(DecompressionError) -> [UInt8] {
    var position = 0
    let length = try length(of: input, &position)
    guard length <= limit else { throw .tooLarge(limit: limit) }
    // A copy of 3 bytes brings 64 at most: what says that it is more lies, and gets no memory.
    guard length <= 64 * input.count else { throw .damaged(format: format) }
    var output = [UInt8](repeating: 0, count: length)
    var written = 0
    while position < input.count {
      let tag = Int(input[position])
      position += 1
      if tag & 3 == 0 {
        var count = tag >> 2
        if count >= 60 { count = try number(input, &position, bytes: count - 59) }
        count += 1
        guard count <= input.count - position, count <= length - written else {
          throw .cut(format: format)
        }
        let literal = UnsafeRawBufferPointer(rebasing: input[position..<position + count])
        output.withUnsafeMutableBytes { $0[written...].copyBytes(from: literal) }
        position += count
        written += count
        continue
      }
      let (count, offset): (Int, Int)
      switch tag & 3 {
      case 1:
        count = tag >> 2 & 7 + 4
        offset = try (tag >> 5) << 8 | number(input, &position, bytes: 1)
      case 2: (count, offset) = (tag >> 2 + 1, try number(input, &position, bytes: 2))
      default: (count, offset) = (tag >> 2 + 1, try number(input, &position, bytes: 4))
      }
      guard offset > 0, offset <= written, count <= length - written else {
        throw .damaged(format: format)
      }
      // Byte by byte: what is copied may be what is being written, and so repeats itself.
      for _ in 0..<count {
        output[written] = output[written - offset]
        written += 1
      }
    }
    guard written == length else { throw .cut(format: format) }
    return output
  }

  private static func length(
    of input: UnsafeRawBufferPointer, _ position: inout Int
  ) throws(DecompressionError) -> Int {
    var value = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard position < input.count else { throw .cut(format: format) }
      let byte = Int(input[position])
      position += 1
      value |= (byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .damaged(format: format)
  }

  /// A number of a few bytes, the lowest first.
  private static func number(
    _ input: UnsafeRawBufferPointer, _ position: inout Int, bytes: Int
  ) throws(DecompressionError) -> Int {
    guard position + bytes <= input.count else { throw .cut(format: format) }
    var value = 0
    for index in 0..<bytes { value |= Int(input[position + index]) << (8 * index) }
    position += bytes
    return value
  }
}
