/// Small numbers as runs of one value mixed with packed ones: levels, truth values, and places in a
/// dictionary.
struct RunDecoder {
  private var source: PageBytes
  private let width: Int
  private var value: UInt64 = 0
  /// How often `value` comes still.
  private var repeats = 0
  /// How many packed values come still, and at which bit the next one begins.
  private var packed = 0
  private var bit = 0

  init(_ source: PageBytes, width: Int) throws(ParquetProblem) {
    guard width <= 32 else { throw ParquetProblem("a run's values have \(width) bits") }
    self.source = source
    self.width = width
  }

  mutating func next() throws(ParquetProblem) -> Int {
    // There is but one number of no bits.
    guard width > 0 else { return 0 }
    while repeats == 0, packed == 0 { try begin() }
    if repeats > 0 {
      repeats -= 1
      return Int(value)
    }
    packed -= 1
    defer { bit += width }
    return Int(try source.bits(at: bit, width: width))
  }

  private mutating func begin() throws(ParquetProblem) {
    let head = try source.varint()
    guard head >> 1 <= UInt64(Int32.max) else { throw ParquetProblem("a run is too long") }
    if head & 1 == 0 {
      repeats = Int(head >> 1)
      value = try source.number(bytes: (width + 7) / 8)
      return
    }
    packed = Int(head >> 1) * 8
    bit = source.position * 8
    // The last group may be cut where its values end.
    let bytes = min(source.rest, Int(head >> 1) * width)
    guard bytes > 0 || packed == 0 else { throw ParquetProblem("a page is cut off") }
    source.position += bytes
  }
}
