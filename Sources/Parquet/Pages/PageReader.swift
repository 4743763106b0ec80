import Decompression
import Files

/// Hands out the pages of a column's share of a row group, one after another, unpacked.
struct PageReader {
  /// A page: its header and its bytes, levels first.
  struct Page {
    let header: PageHeader
    let bytes: [UInt8]
  }

  private let file: MappedFile
  private let codec: Int
  private let end: Int
  private var position: Int

  init(_ file: MappedFile, _ chunk: FileMetadata.Chunk) {
    self.file = file
    codec = chunk.codec
    position = chunk.start
    end = chunk.start + chunk.size
  }

  /// The next page of values or of a dictionary; nil after the last.
  mutating func next() throws(ParquetProblem) -> Page? {
    while position < end {
      var length = 0
      let header = try PageHeader(file.bytes(in: position..<end), length: &length)
      let start = position + length
      guard header.packedSize <= end - start else { throw ParquetProblem("a page is cut off") }
      position = start + header.packedSize
      guard header.kind != .index else { continue }
      let packed = file.bytes(in: start..<position)
      if let checksum = header.checksum, packed.crc32 != checksum {
        throw ParquetProblem("a page's checksum is wrong")
      }
      return Page(header: header, bytes: try unpacked(packed, header))
    }
    return nil
  }

  private func unpacked(
    _ packed: UnsafeRawBufferPointer, _ header: PageHeader
  ) throws(ParquetProblem) -> [UInt8] {
    let levels = header.kind == .dataV2 ? header.definitionBytes + header.repetitionBytes : 0
    guard levels <= packed.count, levels <= header.size else {
      throw ParquetProblem("a page's levels are cut off")
    }
    let body = UnsafeRawBufferPointer(rebasing: packed[levels...])
    let size = header.size - levels
    var content: [UInt8]
    if !header.isPacked || codec == 0 {
      content = Array(body)
    } else if body.isEmpty, size == 0 {
      content = []
    } else {
      do { content = try packing().unpack(body, limit: size) } catch let error as DecompressionError
      {
        throw ParquetProblem("a page cannot be unpacked: \(error)")
      } catch let error as ParquetProblem { throw error } catch { throw ParquetProblem("\(error)") }
    }
    guard content.count == size else {
      throw ParquetProblem("a page has \(content.count) bytes instead of \(size)")
    }
    return levels == 0 ? content : packed[..<levels] + content
  }

  private func packing() throws(ParquetProblem) -> Packing {
    switch codec {
    case 1: return .snappy
    case 2: return .gzip
    case 6: return .zstd
    default:
      let names = [3: "LZO", 4: "Brotli", 5: "LZ4", 7: "LZ4"]
      throw .unsupported(
        "its pages are packed by \(names[codec] ?? "codec \(codec)"), and zstd, snappy, gzip or "
          + "nothing are read")
    }
  }
}
