extension RGBImage {
  /// Every sample through the same function.
  func mapped(_ function: (Int) -> Int) -> RGBImage {
    let table = (0..<256).map { UInt8(clamping: function($0)) }
    return looked(up: [table, table, table])
  }

  /// Pillow's `ImageOps.posterize`.
  func posterized(bits: Int) -> RGBImage {
    guard bits < 8 else { return self }
    let mask = ~((1 << (8 - max(0, bits))) - 1)
    return mapped { $0 & mask }
  }

  /// Pillow's `ImageOps.autocontrast` without cutoff.
  func autoContrasted() -> RGBImage {
    looked(
      up: histograms().map { histogram in
        let lowest = histogram.firstIndex { $0 > 0 } ?? 0
        let highest = histogram.lastIndex { $0 > 0 } ?? 0
        guard highest > lowest else { return (0..<256).map { UInt8($0) } }
        let scale = 255.0 / Double(highest - lowest)
        let offset = Double(-lowest) * scale
        return (0..<256).map { UInt8(clamping: Int(Double($0) * scale + offset)) }
      })
  }

  /// Pillow's `ImageOps.equalize`.
  func equalized() -> RGBImage {
    looked(
      up: histograms().map { histogram in
        let filled = histogram.filter { $0 > 0 }
        let step = (filled.reduce(0, +) - (filled.last ?? 0)) / 255
        guard filled.count > 1, step > 0 else { return (0..<256).map { UInt8($0) } }
        var sum = step / 2
        return histogram.map { count in
          defer { sum += count }
          return UInt8(clamping: sum / step)
        }
      })
  }

  /// Counts of the 256 values in each channel.
  private func histograms() -> [[Int]] {
    var counts = [Int](repeating: 0, count: 768)
    counts.withUnsafeMutableBufferPointer { counts in
      pixels.withUnsafeBufferPointer { source in
        for pixel in stride(from: 0, to: source.count, by: 3) {
          counts[Int(source[pixel])] += 1
          counts[256 + Int(source[pixel + 1])] += 1
          counts[512 + Int(source[pixel + 2])] += 1
        }
      }
    }
    return (0..<3).map { Array(counts[(256 * $0)..<(256 * $0 + 256)]) }
  }

  private func looked(up tables: [[UInt8]]) -> RGBImage {
    let table = tables.flatMap(\.self)
    var result = pixels
    result.withUnsafeMutableBufferPointer { result in
      for pixel in stride(from: 0, to: result.count, by: 3) {
        result[pixel] = table[Int(result[pixel])]
        result[pixel + 1] = table[256 + Int(result[pixel + 1])]
        result[pixel + 2] = table[512 + Int(result[pixel + 2])]
      }
    }
    return RGBImage(width, height, result)
  }
}
