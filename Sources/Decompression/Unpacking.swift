/// A format in which bytes may be packed.
package enum Packing: String, Sendable, CaseIterable {
  case gzip, zstd, snappy

  /// Unpacks all bytes into memory.
  ///
  /// - Parameters:
  ///   - bytes: the whole of what was packed.
  ///   - limit: how many bytes may come out.
  /// - Returns: what was packed.
  /// - Throws: ``DecompressionError``.
  package func unpack(
    _ bytes: UnsafeRawBufferPointer, limit: Int
  ) throws(DecompressionError) -> [UInt8] {
    if self == .snappy { return try Snappy.unpack(bytes, limit: limit) }
    var content: [UInt8] = []
    do {
      try stream(bytes) { piece in
        guard content.count + piece.count <= limit else {
          throw DecompressionError.tooLarge(limit: limit)
        }
        content.append(contentsOf: piece)
      }
    } catch let error as DecompressionError { throw error } catch { throw .outOfMemory }
    return content
  }

  /// Unpacks piece by piece, for what is larger than memory; gzip's and zstd's files may hold several
  /// members, one after another.
  ///
  /// - Parameters:
  ///   - bytes: the whole of what was packed.
  ///   - body: takes the next bytes.
  /// - Throws: ``DecompressionError``, and what `body` throws.
  package func stream(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    switch self {
    case .gzip: try Gzip.stream(bytes, body)
    case .zstd: try Zstandard.stream(bytes, body)
    case .snappy:
      let content = try Snappy.unpack(bytes, limit: Snappy.largest)
      try content.withUnsafeBytes { try body($0) }
    }
  }

  /// Recognises gzip and zstd files by their first bytes.
  package init?(signatureOf bytes: UnsafeRawBufferPointer) {
    if bytes.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
      self = .zstd
    } else {
      return nil
    }
  }
}
