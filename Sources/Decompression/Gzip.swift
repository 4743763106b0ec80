import CCompression

/// Unpacks gzip and zlib data by zlib.
enum Gzip {
  private static let format = "gzip"
  /// Bytes that come out at a time.
  private static let pieceSize = 1 << 18
  /// zlib counts what it is given in 32 bits.
  private static let largestInput = 1 << 30

  static func stream(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    // zlib's state points back at the stream, which must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    // 15 bits of window; 32 more mean that gzip and zlib are told apart by their headers.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, 15 + 32, ZLIB_VERSION, size) == Z_OK else {
      throw DecompressionError.outOfMemory
    }
    defer { inflateEnd(stream) }
    let piece = UnsafeMutablePointer<UInt8>.allocate(capacity: pieceSize)
    defer { piece.deallocate() }
    var rest = bytes[...]
    var hasEnded = false
    while !rest.isEmpty {
      if hasEnded {
        // Zeros may follow, as on tapes; anything else is the next member.
        guard rest.contains(where: { $0 != 0 }) else { return }
        guard inflateReset(stream) == Z_OK else { throw DecompressionError.outOfMemory }
        hasEnded = false
      }
      let input = UnsafeRawBufferPointer(rebasing: rest.prefix(largestInput))
      stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
        .assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(input.count)
      var code = Z_OK
      repeat {
        stream.pointee.next_out = piece
        stream.pointee.avail_out = UInt32(pieceSize)
        code = inflate(stream, Z_NO_FLUSH)
        switch code {
        case Z_OK, Z_STREAM_END, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw DecompressionError.outOfMemory
        default: throw DecompressionError.damaged(format: format)
        }
        let count = pieceSize - Int(stream.pointee.avail_out)
        if count > 0 { try body(UnsafeRawBufferPointer(start: piece, count: count)) }
      } while code == Z_OK && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
      hasEnded = code == Z_STREAM_END
      let used = input.count - Int(stream.pointee.avail_in)
      guard used > 0 else { throw DecompressionError.damaged(format: format) }
      rest = rest.dropFirst(used)
    }
    guard hasEnded else { throw DecompressionError.cut(format: format) }
  }

  /// The checksum of gzip, PNG and Parquet's pages.
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var sum = CCompression.crc32(0, nil, 0)
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(largestInput))
      let start = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
      sum = CCompression.crc32(sum, start, UInt32(piece.count))
      rest = rest.dropFirst(piece.count)
    }
    return UInt32(truncatingIfNeeded: sum)
  }
}

extension UnsafeRawBufferPointer {
  /// The CRC-32 that gzip, PNG and Parquet use.
  package var crc32: UInt32 { Gzip.crc32(self) }
}
