import CVectorScan

/// A unit vector prepared for the scan: two planes of bytes, and how much they lost.
final class ScanQuery: Sendable {
  let values: [Float]
  let scale: Float
  /// What both planes together lost, and the high plane alone.
  let lost: Float
  let lostHigh: Float
  let highSum: Int32
  let lowSum: Int32
  private let planes: MemoryBlock
  private let stride: Int

  /// - Parameters:
  ///   - values: A vector of unit length.
  ///   - stride: Bytes of a row of the segments.
  /// - Throws: ``SearchError`` without memory.
  init(_ values: [Float], stride: Int) throws(SearchError) {
    self.values = values
    self.stride = stride
    planes = try .anonymous(size: 2 * stride)
    let high = planes.base.assumingMemoryBound(to: Int8.self)
    var scale: Float = 0
    var lost: Float = 0
    var lostHigh: Float = 0
    vs_quantize_query(
      values, values.count, stride, high, high + stride, &scale, &lost, &lostHigh)
    self.scale = scale
    self.lost = lost
    self.lostHigh = lostHigh
    highSum = (0..<stride).reduce(0) { $0 + Int32(high[$1]) }
    lowSum = (0..<stride).reduce(0) { $0 + Int32(high[stride + $1]) }
  }

  var high: UnsafePointer<Int8> {
    UnsafePointer(planes.base.assumingMemoryBound(to: Int8.self))
  }

  /// For the kernels; valid while this object lives.
  var kernelQuery: vs_query {
    vs_query(high: high, low: high + stride, scale: scale, high_sum: highSum, low_sum: lowSum)
  }

  /// The query's product with a segment's center, which is added to every scanned product.
  func base(in segment: VectorSegment) -> Float {
    var sum = 0.0
    for index in values.indices { sum += Double(values[index]) * Double(segment.center[index]) }
    return Float(sum)
  }
}
