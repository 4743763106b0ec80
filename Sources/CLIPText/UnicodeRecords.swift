/// Reads the records of `UnicodeData`; see `UnicodeTables` for their notation.
struct RecordReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ text: StaticString) {
    bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// The next byte, or a space at the end.
  mutating func next() -> UInt8 {
    guard position < bytes.count else { return UInt8(ascii: " ") }
    defer { position += 1 }
    return bytes[position]
  }

  /// Passes over the byte if it comes next, and says whether it did.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// The hexadecimal number that comes next; 0 if there is none.
  mutating func hexadecimal() -> UInt32 {
    var number: UInt32 = 0
    while position < bytes.count,
      let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
    {
      number = number << 4 | UInt32(digit)
      position += 1
    }
    return number
  }

  /// The code points that the next record is about; nil at the end.
  mutating func range() -> Range<UInt32>? {
    while skip(UInt8(ascii: " ")) || skip(UInt8(ascii: "\n")) {}
    guard position < bytes.count else { return nil }
    let first = hexadecimal()
    let count = skip(UInt8(ascii: "*")) ? hexadecimal() : 1
    return first..<first + count
  }
}

extension RecordReader {
  /// What stands behind the code points of a record of `ScalarData`.
  enum Value {
    /// A number, the same for all of them.
    case number(UInt32)
    /// How far they move.
    case distance(Int64)
    /// What the one becomes.
    case scalars([UInt32])

    /// The number, or the first of what a code point becomes.
    func first(for scalar: UInt32) -> UInt32 {
      switch self {
      case .number(let number): number
      case .distance(let distance): UInt32(truncatingIfNeeded: Int64(scalar) + distance)
      case .scalars(let scalars): scalars.first ?? scalar
      }
    }

    /// All that a code point becomes.
    func all(for scalar: UInt32) -> [UInt32] {
      if case .scalars(let scalars) = self { scalars } else { [first(for: scalar)] }
    }
  }

  /// Reads what stands behind the code points.
  mutating func value() -> Value {
    switch next() {
    case UInt8(ascii: "+"): return .distance(Int64(hexadecimal()))
    case UInt8(ascii: "-"): return .distance(-Int64(hexadecimal()))
    case UInt8(ascii: "="):
      var scalars = [hexadecimal()]
      while skip(UInt8(ascii: ".")) { scalars.append(hexadecimal()) }
      return .scalars(scalars)
    default: return .number(hexadecimal())
    }
  }
}

/// A set of code points as sorted ranges.
struct ScalarRanges: Sendable {
  private let ranges: [Range<UInt32>]

  init(_ text: StaticString) {
    var reader = RecordReader(text)
    var ranges: [Range<UInt32>] = []
    while let range = reader.range() { ranges.append(range) }
    self.ranges = ranges
  }

  /// Whether the code point is in the set, by bisection.
  func contains(_ scalar: UInt32) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(scalar)
  }
}
