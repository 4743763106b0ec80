/// Whole numbers as differences, in blocks of small ones that share a number of bits
/// (DELTA_BINARY_PACKED).
struct DeltaDecoder: ValueDecoder {
  private(set) var source: PageBytes
  private let blockSize: Int
  private let partCount: Int
  /// How many values come still.
  private(set) var rest: Int
  private var value: Int64
  private var isFirst = true
  private var smallest: Int64 = 0
  private var widths: [Int] = []
  /// Values left of the part that is read, the bit where the next begins, and its bits.
  private var inPart = 0
  private var bit = 0
  private var width = 0

  init(_ source: PageBytes) throws(ParquetProblem) {
    var source = source
    let block = try source.varint()
    let parts = try source.varint()
    let count = try source.varint()
    value = try source.zigzag()
    guard (1...(1 << 20)).contains(block), (1...1024).contains(parts), block % parts == 0,
      (block / parts) % 8 == 0, count <= UInt64(Int32.max)
    else { throw ParquetProblem("a block of differences has an impossible size") }
    blockSize = Int(block)
    partCount = Int(parts)
    rest = Int(count)
    self.source = source
  }

  mutating func next() throws(ParquetProblem) -> RawValue { .integer(try number()) }

  mutating func number() throws(ParquetProblem) -> Int64 {
    guard rest > 0 else { throw ParquetProblem("a page has fewer values than it claims") }
    rest -= 1
    if isFirst {
      isFirst = false
      return value
    }
    if inPart == 0 { try beginPart() }
    inPart -= 1
    let step = try source.bits(at: bit, width: width)
    bit += width
    value = value &+ smallest &+ Int64(bitPattern: step)
    return value
  }

  private mutating func beginPart() throws(ParquetProblem) {
    if widths.isEmpty {
      smallest = try source.zigzag()
      widths = try source.take(partCount).reversed().map(Int.init)
    }
    width = widths.removeLast()
    guard width <= 64 else { throw ParquetProblem("a difference has \(width) bits") }
    inPart = blockSize / partCount
    bit = source.position * 8
    _ = try source.take(inPart * width / 8)
  }

  /// Reads lengths to their end.
  ///
  /// - Parameters:
  ///   - source: where they are.
  ///   - limit: how many there can be.
  /// - Returns: the lengths, and the place behind them.
  /// - Throws: ``ParquetProblem``.
  static func lengths(
    _ source: PageBytes, limit: Int
  ) throws(ParquetProblem) -> (lengths: [Int], rest: PageBytes) {
    var decoder = try DeltaDecoder(source)
    guard decoder.rest <= limit else {
      throw ParquetProblem("a page has more lengths than values")
    }
    var lengths: [Int] = []
    lengths.reserveCapacity(decoder.rest)
    while decoder.rest > 0 {
      let length = try decoder.number()
      guard (0...Int64(PageHeader.maximumSize)).contains(length) else {
        throw ParquetProblem("a value has \(length) bytes")
      }
      lengths.append(Int(length))
    }
    return (lengths, decoder.source)
  }
}

/// Texts whose lengths come first, as differences (DELTA_LENGTH_BYTE_ARRAY).
struct DeltaLengthDecoder: ValueDecoder {
  private let lengths: [Int]
  private var index = 0
  private var source: PageBytes

  init(_ source: PageBytes, limit: Int) throws(ParquetProblem) {
    (lengths, self.source) = try DeltaDecoder.lengths(source, limit: limit)
  }

  mutating func next() throws(ParquetProblem) -> RawValue { .bytes(try bytes()) }

  mutating func bytes() throws(ParquetProblem) -> ArraySlice<UInt8> {
    guard index < lengths.count else {
      throw ParquetProblem("a page has fewer values than it claims")
    }
    defer { index += 1 }
    return try source.take(lengths[index])
  }
}

/// Texts of which each says how much of the one before it repeats (DELTA_BYTE_ARRAY).
struct DeltaStringDecoder: ValueDecoder {
  private let prefixes: [Int]
  private var index = 0
  private var suffixes: DeltaLengthDecoder
  private var last: [UInt8] = []
  private var made = 0

  /// All values of a page together: repeating costs a file nothing.
  private static let maximumBytes = 1 << 30

  init(_ source: PageBytes, limit: Int) throws(ParquetProblem) {
    let (prefixes, rest) = try DeltaDecoder.lengths(source, limit: limit)
    self.prefixes = prefixes
    suffixes = try DeltaLengthDecoder(rest, limit: limit)
  }

  mutating func next() throws(ParquetProblem) -> RawValue {
    guard index < prefixes.count, prefixes[index] <= last.count else {
      throw ParquetProblem("a value repeats more than there is")
    }
    last.removeSubrange(prefixes[index]...)
    last += try suffixes.bytes()
    index += 1
    made += last.count
    guard made <= Self.maximumBytes else {
      throw ParquetProblem("the values of a page have more than \(Self.maximumBytes) bytes")
    }
    return .bytes(last[...])
  }
}
