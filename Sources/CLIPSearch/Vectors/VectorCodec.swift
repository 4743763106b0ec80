import CVectorScan
package import Foundation

/// Vectors as the database holds them: unit length, half precision, little-endian.
package enum VectorCodec {
  package static func encode(_ vector: [Float]) -> Data {
    var data = Data(count: vector.count * 2)
    data.withUnsafeMutableBytes { bytes in
      if let base = bytes.assumingMemoryBound(to: UInt16.self).baseAddress {
        vs_to_half(vector, vector.count, base)
      }
    }
    return data
  }

  /// - Returns: `nil` if the data is not of that many numbers.
  package static func decode(_ data: Data, dimension: Int) -> [Float]? {
    guard data.count == dimension * 2 else { return nil }
    var halves = [UInt16](repeating: 0, count: dimension)
    _ = halves.withUnsafeMutableBytes { data.copyBytes(to: $0) }
    return [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
      if let base = buffer.baseAddress { vs_from_half(halves, dimension, base) }
      count = dimension
    }
  }

  /// Product of two vectors of one length.
  package static func dot(_ left: [Float], _ right: [Float]) -> Float {
    var sums = SIMD16<Float>(repeating: 0)
    let whole = left.count / 16 * 16
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        for start in stride(from: 0, to: whole, by: 16) {
          var a = SIMD16<Float>()
          var b = SIMD16<Float>()
          for lane in 0..<16 {
            a[lane] = left[start + lane]
            b[lane] = right[start + lane]
          }
          sums += a * b
        }
      }
    }
    var sum = sums.sum()
    for index in whole..<left.count { sum += left[index] * right[index] }
    return sum
  }
}
