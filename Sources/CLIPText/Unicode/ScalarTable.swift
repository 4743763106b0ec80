/// One number for every code point, in blocks of 256; blocks of zeros are stored once.
struct ScalarTable: Sendable {
  private static let blockSize = 256

  /// Where the values of each block begin.
  private var starts = [Int32](repeating: 0, count: 0x110000 / blockSize)
  private var values = [UInt32](repeating: 0, count: blockSize)

  /// The number of a code point, 0 unless it was set.
  @inline(__always)
  subscript(scalar: UInt32) -> UInt32 {
    get { values[Int(starts[Int(scalar >> 8)]) &+ Int(scalar & 0xFF)] }
    set {
      let block = Int(scalar >> 8)
      if starts[block] == 0 {
        starts[block] = Int32(values.count)
        values.append(contentsOf: repeatElement(0, count: Self.blockSize))
      }
      values[Int(starts[block]) + Int(scalar & 0xFF)] = newValue
    }
  }
}
