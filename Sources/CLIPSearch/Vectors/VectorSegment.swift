import CVectorScan

/// An immutable run of vectors, ordered by picture number, ready to be scanned.
///
/// Each vector is held twice: as bytes around the block's center for the scan, and in half
/// precision, as the database has it, for the exact score. With each row of bytes goes the norm of
/// what rounding lost, which bounds how wrong its scanned score can be.
package final class VectorSegment: Sendable {
  package let layout: SegmentLayout
  /// The largest distance of a vector from the center.
  package let radius: Float
  package let block: MemoryBlock

  nonisolated(unsafe) package let center: UnsafePointer<Float>
  nonisolated(unsafe) package let ids: UnsafePointer<Int64>
  nonisolated(unsafe) package let scales: UnsafePointer<Float>
  nonisolated(unsafe) package let losses: UnsafePointer<Float>
  nonisolated(unsafe) package let rows: UnsafePointer<UInt8>
  nonisolated(unsafe) private let checksums: UnsafePointer<UInt32>
  nonisolated(unsafe) private let halves: UnsafePointer<UInt16>

  package var count: Int { layout.count }

  /// - Parameters:
  ///   - block: Holds `layout.size` bytes.
  ///   - layout: Where its parts lie.
  ///   - radius: The largest distance of a vector from the center.
  init(block: MemoryBlock, layout: SegmentLayout, radius: Float) {
    func part<Element>(_ offset: Int, _ type: Element.Type) -> UnsafePointer<Element> {
      UnsafeRawPointer(block.base + offset).assumingMemoryBound(to: type)
    }
    self.block = block
    self.layout = layout
    self.radius = radius
    center = part(layout.center, Float.self)
    ids = part(layout.ids, Int64.self)
    scales = part(layout.scales, Float.self)
    losses = part(layout.losses, Float.self)
    checksums = part(layout.checksums, UInt32.self)
    rows = part(layout.rows, UInt8.self)
    halves = part(layout.halves, UInt16.self)
  }

  /// The slot of a picture, by binary search.
  package func slot(of id: Int64) -> Int? {
    let slot = firstSlot(notBelow: id)
    return slot < count && ids[slot] == id ? slot : nil
  }

  /// The first slot, not before `start`, whose picture number is not below `id`.
  package func firstSlot(notBelow id: Int64, from start: Int = 0) -> Int {
    var low = start
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The exact score of a slot: the product of the query with the stored vector.
  ///
  /// - Throws: ``DamagedSegment`` if the row is not what was written.
  package func score(_ query: UnsafePointer<Float>, slot: Int) throws(DamagedSegment) -> Float {
    let row = try checkedRow(slot)
    return vs_dot_half(row, query, layout.dimension)
  }

  /// The stored vector of a slot.
  package func vector(slot: Int) throws(DamagedSegment) -> [Float] {
    let row = try checkedRow(slot)
    return [Float](unsafeUninitializedCapacity: layout.dimension) { buffer, count in
      if let base = buffer.baseAddress { vs_from_half(row, layout.dimension, base) }
      count = layout.dimension
    }
  }

  private func checkedRow(_ slot: Int) throws(DamagedSegment) -> UnsafePointer<UInt16> {
    let row = halves + slot * layout.dimension
    guard Self.checksum(row, dimension: layout.dimension) == checksums[slot] else {
      throw DamagedSegment()
    }
    return row
  }

  static func checksum(_ row: UnsafePointer<UInt16>, dimension: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: vs_checksum(row, dimension * 2))
  }
}

/// A block whose contents are not what was written; it is made again from the database.
package struct DamagedSegment: Error {}
