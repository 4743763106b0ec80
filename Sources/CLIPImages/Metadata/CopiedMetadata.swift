import CImageCodecs

/// Metadata that cannot be pointed to within a file: the EXIF block of HEIC, AVIF and JPEG XL, and of PNG
/// where it is in a text chunk; the preview of RAW.
struct CopiedMetadata: ~Copyable {
  private let block: cimage_block

  /// Nil where there is none, where the library is missing, and for other formats.
  init?(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) {
    guard let start = bytes.baseAddress else { return nil }
    let file = start.assumingMemoryBound(to: UInt8.self)
    var block = cimage_block(memory: nil, bytes: file, count: 0)
    guard cimage_copy_metadata(format.codec, file, bytes.count, &block) != 0 else { return nil }
    self.block = block
  }

  deinit { cimage_free(block.memory) }

  /// Valid as long as this value.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: block.bytes, count: block.count)
  }
}
