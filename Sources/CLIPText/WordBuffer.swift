/// The code points of the word that is being read, in canonical order.
struct WordBuffer {
  private static let scalarMask: UInt32 = (1 << UnicodeTables.combiningClassShift) - 1

  /// Code points, each with its combining class in the high bits.
  private let storage: UnsafeMutableBufferPointer<UInt32>
  private var count = 0
  private var hasMarks = false

  init(storage: UnsafeMutableBufferPointer<UInt32>) {
    self.storage = storage
  }

  /// Adds a code point; what exceeds the storage is only counted.
  ///
  /// A mark (a combining class other than 0) goes before the marks of higher classes that it
  /// follows: the canonical ordering of NFD. Marks of category Mn never come here, so this concerns
  /// a dozen rare code points. The order in a word that is too long does not matter.
  @inline(__always)
  mutating func append(_ scalar: UInt32) {
    if count < storage.count {
      storage[count] = scalar
      if scalar > Self.scalarMask { orderLastMark() }
    }
    count += 1
  }

  /// Adds the jamo of a Hangul syllable, U+AC00 to U+D7A3 (the Unicode Standard, section 3.12).
  mutating func append(hangulSyllable scalar: UInt32) {
    let index = scalar - 0xAC00
    append(0x1100 + index / 588)
    append(0x1161 + index % 588 / 28)
    if index % 28 != 0 { append(0x11A7 + index % 28) }
  }

  /// Keeps marks that follow from moving before those that are here.
  mutating func closeMarks() {
    if hasMarks, count <= storage.count { storage[count - 1] &= Self.scalarMask }
  }

  /// Hands the word over, if there is one, and begins the next.
  ///
  /// - Returns: What `body` returns; true if there was no word.
  @inline(__always)
  mutating func flush(to body: (UnsafeBufferPointer<UInt32>?) -> Bool) -> Bool {
    guard count > 0 else { return true }
    defer {
      count = 0
      hasMarks = false
    }
    guard count <= storage.count else { return body(nil) }
    if hasMarks {
      for index in 0..<count { storage[index] &= Self.scalarMask }
    }
    return body(UnsafeBufferPointer(rebasing: storage[..<count]))
  }

  private mutating func orderLastMark() {
    hasMarks = true
    let mark = storage[count]
    let combiningClass = mark >> UnicodeTables.combiningClassShift
    var index = count
    while index > 0, storage[index - 1] >> UnicodeTables.combiningClassShift > combiningClass {
      storage[index] = storage[index - 1]
      index -= 1
    }
    storage[index] = mark
  }
}
