/// Where the parts of a block of vectors lie, in memory and in its file alike.
///
/// A block is: header page, center, ids, scales, losses, row checksums, rows of bytes, rows in half
/// precision; every part starts at a multiple of 64 bytes.
package struct SegmentLayout: Sendable, Equatable {
  /// Vectors in the block.
  package let count: Int
  /// Numbers of a vector.
  package let dimension: Int
  /// Bytes of a row of the scan: the dimension rounded up to a multiple of 64.
  package let stride: Int
  package let center: Int
  package let ids: Int
  package let scales: Int
  package let losses: Int
  package let checksums: Int
  package let rows: Int
  package let halves: Int
  /// Bytes of the whole block.
  package let size: Int

  /// The first bytes of a block hold what it is.
  package static let headerSize = 4096
  /// The longest vectors that a library takes.
  package static let maximumDimension = 16384
  /// More would not fit the 32-bit row numbers of the kernels.
  package static let maximumCount = Int(UInt32.max) / 16

  /// - Returns: `nil` when the numbers make no sense, as in a damaged header.
  package init?(count: Int, dimension: Int) {
    guard (1...Self.maximumDimension).contains(dimension),
      (0...Self.maximumCount).contains(count)
    else { return nil }
    self.count = count
    self.dimension = dimension
    stride = (dimension + 63) / 64 * 64
    var end = Self.headerSize
    func part(_ bytes: Int) -> Int {
      let start = end
      end = (start + bytes + 63) / 64 * 64
      return start
    }
    center = part(dimension * 4)
    ids = part(count * 8)
    scales = part(count * 4)
    losses = part(count * 4)
    checksums = part(count * 4)
    rows = part(count * stride)
    halves = part(count * dimension * 2)
    size = end
  }
}
