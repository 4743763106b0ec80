import CImageCodecs
import Foundation

/// Rows of equal length with room behind each for loops that work on whole vectors.
final class RowBuffer {
  let rows: Int
  private let stride: Int
  private let memory: UnsafeMutablePointer<UInt8>

  init(rows: Int, bytes: Int) throws(ImageError) {
    self.rows = rows
    stride = (bytes + CIMAGE_ROW_PADDING + 63) / 64 * 64
    guard let memory = calloc(max(1, rows), stride) else {
      throw .outOfMemory(reason: "there is not enough memory for \(rows) rows of \(bytes) bytes")
    }
    self.memory = memory.assumingMemoryBound(to: UInt8.self)
  }

  deinit { free(memory) }

  subscript(row: Int) -> UnsafeMutablePointer<UInt8> {
    precondition(row >= 0 && row < rows)
    return memory + row * stride
  }
}
