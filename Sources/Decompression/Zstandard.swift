import CCompression

/// Unpacks zstd data by libzstd.
enum Zstandard {
  private static let format = "zstd"

  static func stream(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let context = ZSTD_createDStream() else { throw DecompressionError.outOfMemory }
    defer { ZSTD_freeDStream(context) }
    let pieceSize = ZSTD_DStreamOutSize()
    let piece = UnsafeMutableRawPointer.allocate(byteCount: pieceSize, alignment: 16)
    defer { piece.deallocate() }
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var expected = 0
    var isPieceFull = false
    while input.pos < input.size || isPieceFull {
      var output = ZSTD_outBuffer(dst: piece, size: pieceSize, pos: 0)
      let before = input.pos
      expected = ZSTD_decompressStream(context, &output, &input)
      guard ZSTD_isError(expected) == 0 else { throw DecompressionError.damaged(format: format) }
      if output.pos > 0 { try body(UnsafeRawBufferPointer(start: piece, count: output.pos)) }
      isPieceFull = output.pos == pieceSize
      guard input.pos > before || output.pos > 0 else { break }
    }
    guard expected == 0 else { throw DecompressionError.cut(format: format) }
  }
}
