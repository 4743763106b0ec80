import CImageCodecs

/// Resizes a picture while its rows arrive, keeping only as many rows as a filter window spans.
///
/// A photograph of twelve megapixels so needs some hundred kilobytes instead of fifty megabytes,
/// and each row is resampled while it is still in the cache. Both passes round to 8 bits as
/// Pillow's `ImagingResampleInner`, in either order.
final class RowResampler {
  /// Where the next `rowsAtOnce` rows are to be written, before ``consume(_:)``.
  let inputRows: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  static let rowsAtOnce = CIMAGE_ROWS_AT_ONCE

  private let channels: Int
  private let firstByte: Int
  private let horizontal: FilterTable
  private let vertical: FilterTable
  private let horizontalFirst: Bool
  private let ring: RowBuffer
  private let input: RowBuffer
  private let pending: RowBuffer
  private let output: RowBuffer
  private var window: [UnsafePointer<UInt8>] = []
  private var nextRow = 0
  private var nextOutput = 0
  private var pendingCount = 0

  /// - Parameters:
  ///   - channels: samples a pixel: 1, 2 or 4.
  ///   - rowWidth: pixels in each row that arrives.
  ///   - firstColumn: where the columns that `horizontal` speaks about begin.
  ///   - capacity: bytes a row may need before ``consume(_:)``, if more than its samples.
  ///   - horizontal: weights along rows; its inputs are the columns from `firstColumn`.
  ///   - vertical: weights along columns; its inputs are the rows that arrive.
  ///   - horizontalFirst: which pass comes first.
  /// - Throws: ``ImageError/outOfMemory(reason:)``.
  init(
    channels: Int, rowWidth: Int, firstColumn: Int, capacity: Int, horizontal: FilterTable,
    vertical: FilterTable, horizontalFirst: Bool
  ) throws(ImageError) {
    self.channels = channels
    self.horizontal = horizontal
    self.vertical = vertical
    self.horizontalFirst = horizontalFirst
    firstByte = firstColumn * channels
    let outputBytes = horizontal.outputLength * channels
    let inputBytes = horizontal.inputLength * channels
    // A window at the right edge is padded with zero weights, which still read.
    let overhang = horizontal.taps * channels
    input = try RowBuffer(
      rows: Self.rowsAtOnce, bytes: max(capacity, rowWidth * channels) + overhang)
    ring = try RowBuffer(
      rows: vertical.largestCount + Self.rowsAtOnce + 1,
      bytes: horizontalFirst ? outputBytes : inputBytes)
    pending = try RowBuffer(
      rows: horizontalFirst ? 0 : Self.rowsAtOnce, bytes: inputBytes + overhang)
    output = try RowBuffer(rows: vertical.outputLength + Self.rowsAtOnce, bytes: outputBytes)
    inputRows = .allocate(capacity: Self.rowsAtOnce)
    for row in 0..<Self.rowsAtOnce { inputRows[row] = input[row] }
  }

  deinit { inputRows.deallocate() }

  /// Takes `count` rows, at most `rowsAtOnce`, out of ``inputRows``.
  func consume(_ count: Int) {
    if horizontalFirst {
      resampleHorizontally(
        (0..<Self.rowsAtOnce).map { UnsafePointer(inputRows[$0] + firstByte) },
        into: (0..<Self.rowsAtOnce).map {
          $0 < count ? ringRow(nextRow + $0) : ring[ring.rows - 1]
        })
    } else {
      for row in 0..<count {
        ringRow(nextRow + row).update(
          from: inputRows[row] + firstByte, count: horizontal.inputLength * channels)
      }
    }
    nextRow += count
    while nextOutput < vertical.outputLength,
      Int(vertical.starts[nextOutput]) + vertical.counts[nextOutput] <= nextRow
    {
      resampleVertically(
        into: horizontalFirst ? output[nextOutput] : pending[pendingCount],
        bytes: (horizontalFirst ? horizontal.outputLength : horizontal.inputLength) * channels)
      nextOutput += 1
      if !horizontalFirst {
        pendingCount += 1
        if pendingCount == Self.rowsAtOnce { flush() }
      }
    }
  }

  /// The resized samples, when all rows have been consumed.
  func finish() -> [UInt8] {
    flush()
    let bytes = horizontal.outputLength * channels
    return [UInt8](unsafeUninitializedCapacity: bytes * vertical.outputLength) { result, count in
      for row in 0..<vertical.outputLength {
        UnsafeMutableRawBufferPointer(result)[(row * bytes)...].copyBytes(
          from: UnsafeRawBufferPointer(start: output[row], count: bytes))
      }
      count = bytes * vertical.outputLength
    }
  }

  /// Rows still needed never lie further apart than the ring is long; its last row is scratch.
  private func ringRow(_ row: Int) -> UnsafeMutablePointer<UInt8> { ring[row % (ring.rows - 1)] }

  private func flush() {
    guard pendingCount > 0 else { return }
    let first = nextOutput - pendingCount
    // Rows beyond the pending ones are computed for nothing, into room kept for that.
    resampleHorizontally(
      (0..<Self.rowsAtOnce).map { UnsafePointer(pending[$0]) },
      into: (0..<Self.rowsAtOnce).map { output[first + $0] })
    pendingCount = 0
  }

  private func resampleHorizontally(
    _ rows: [UnsafePointer<UInt8>], into results: [UnsafeMutablePointer<UInt8>]
  ) {
    cimage_resample_horizontal(
      rows, results, Int32(channels), horizontal.outputLength, horizontal.starts,
      horizontal.coefficients, horizontal.taps)
  }

  private func resampleVertically(into result: UnsafeMutablePointer<UInt8>, bytes: Int) {
    let start = Int(vertical.starts[nextOutput])
    window.removeAll(keepingCapacity: true)
    for row in start..<(start + vertical.counts[nextOutput]) {
      window.append(UnsafePointer(ringRow(row)))
    }
    vertical.coefficients.withUnsafeBufferPointer { coefficients in
      guard let first = coefficients.baseAddress else { return }
      cimage_resample_vertical(
        window, window.count, first + nextOutput * vertical.taps, result, bytes)
    }
  }
}
