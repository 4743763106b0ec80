import CVectorScan

/// Fills a block with vectors, in order of picture number.
package struct SegmentBuilder: ~Copyable {
  package let layout: SegmentLayout
  package let block: MemoryBlock
  package private(set) var count = 0
  private var radius: Float = 0
  private var difference: [Float]

  /// - Parameters:
  ///   - layout: How many vectors the block takes.
  ///   - center: `layout.dimension` numbers, best the mean of the vectors. Any center gives right
  ///     answers; a good one makes the bytes more exact.
  ///   - block: Holds `layout.size` bytes.
  package init(layout: SegmentLayout, center: [Float], block: MemoryBlock) {
    self.layout = layout
    self.block = block
    difference = [Float](repeating: 0, count: layout.dimension)
    let destination = (block.base + layout.center).assumingMemoryBound(to: Float.self)
    for (index, value) in center.prefix(layout.dimension).enumerated() {
      destination[index] = value
    }
  }

  /// Adds a vector.
  ///
  /// - Parameters:
  ///   - id: Greater than all before.
  ///   - halves: `layout.dimension` numbers in half precision, little-endian, of any alignment.
  /// - Returns: False, without adding, when the block is full or the bytes are of another length.
  package mutating func append(id: Int64, halves: UnsafeRawBufferPointer) -> Bool {
    let dimension = layout.dimension
    guard count < layout.count, halves.count == dimension * 2, let source = halves.baseAddress
    else { return false }
    let row = (block.base + layout.halves).assumingMemoryBound(to: UInt16.self) + count * dimension
    UnsafeMutableRawPointer(row).copyMemory(from: source, byteCount: dimension * 2)
    let center = (block.base + layout.center).assumingMemoryBound(to: Float.self)
    var squares: Float = 0
    difference.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      vs_from_half(row, dimension, base)
      for index in 0..<dimension {
        values[index] -= center[index]
        squares += values[index] * values[index]
      }
      vs_quantize(
        base, dimension, layout.stride,
        (block.base + layout.rows).assumingMemoryBound(to: UInt8.self) + count * layout.stride,
        (block.base + layout.scales).assumingMemoryBound(to: Float.self) + count,
        (block.base + layout.losses).assumingMemoryBound(to: Float.self) + count)
    }
    (block.base + layout.ids).assumingMemoryBound(to: Int64.self)[count] = id
    (block.base + layout.checksums).assumingMemoryBound(to: UInt32.self)[count] =
      VectorSegment.checksum(row, dimension: dimension)
    radius = max(radius, squares.squareRoot() * 1.0001)
    count += 1
    return true
  }

  /// - Returns: `nil` if the block is not full.
  package consuming func finish() -> VectorSegment? {
    guard count == layout.count else { return nil }
    return VectorSegment(block: block, layout: layout, radius: radius)
  }
}
