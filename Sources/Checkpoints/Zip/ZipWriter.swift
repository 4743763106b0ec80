import Files

/// Writes a zip archive of stored entries whose bytes are aligned, as PyTorch does.
struct ZipWriter {
  private struct Entry {
    let name: [UInt8]
    let size: Int
    let crc: UInt32
    let offset: Int
  }

  private let file: AtomicFile
  private var entries: [Entry] = []
  /// PyTorch aligns storages to this, so that they can be mapped.
  private static let alignment = 64
  /// Sizes and offsets from here on take the 64-bit form.
  private let threshold: Int

  /// - Parameters:
  ///   - file: the file to write.
  ///   - threshold: where the 64-bit form begins; tests lower it.
  init(_ file: AtomicFile, threshold: Int) {
    self.file = file
    self.threshold = threshold
  }

  /// Adds an entry of bytes in memory.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      try add(name, size: bytes.count) { try $0(bytes) }
    }
  }

  /// Adds an entry whose bytes are handed over piece by piece.
  mutating func add(
    _ name: String, size: Int,
    _ produce: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let offset = file.offset
    try file.write(localHeader(Array(name.utf8), size: size, at: offset))
    let start = file.offset
    var crc = CRC32()
    try produce { bytes in
      crc.update(bytes)
      try file.write(bytes)
    }
    guard file.offset - start == size else {
      throw CheckpointError.damaged(
        source: name, reason: "it gave another number of bytes than said")
    }
    try file.overwrite([UInt8](littleEndian: crc.value), at: offset + 14)
    entries.append(Entry(name: Array(name.utf8), size: size, crc: crc.value, offset: offset))
  }

  /// Writes the table of contents.
  func finish() throws {
    let start = file.offset
    for entry in entries { try file.write(centralRecord(entry)) }
    try file.write(endRecords(start: start, size: file.offset - start))
  }

  private func localHeader(_ name: [UInt8], size: Int, at offset: Int) -> [UInt8] {
    let isLarge = size >= threshold
    var extra: [UInt8] = []
    if isLarge {
      extra.append(littleEndian: UInt16(1))
      extra.append(littleEndian: UInt16(16))
      extra.append(littleEndian: UInt64(size))
      extra.append(littleEndian: UInt64(size))
    }
    // The field "FB" is PyTorch's padding up to the next multiple of the alignment.
    let unpadded = offset + 30 + name.count + extra.count + 4
    let padding = (Self.alignment - unpadded % Self.alignment) % Self.alignment
    extra += Array("FB".utf8)
    extra.append(littleEndian: UInt16(padding))
    extra += Array(repeating: UInt8(ascii: "Z"), count: padding)

    var header: [UInt8] = []
    header.append(littleEndian: UInt32(0x0403_4b50))
    header += commonFields(isLarge: isLarge, crc: 0, size: size)
    header.append(littleEndian: UInt16(name.count))
    header.append(littleEndian: UInt16(extra.count))
    return header + name + extra
  }

  private func centralRecord(_ entry: Entry) -> [UInt8] {
    let isLarge = entry.size >= threshold
    let isFar = entry.offset >= threshold
    var extra: [UInt8] = []
    if isLarge || isFar {
      extra.append(littleEndian: UInt16(1))
      extra.append(littleEndian: UInt16((isLarge ? 16 : 0) + (isFar ? 8 : 0)))
      if isLarge {
        extra.append(littleEndian: UInt64(entry.size))
        extra.append(littleEndian: UInt64(entry.size))
      }
      if isFar { extra.append(littleEndian: UInt64(entry.offset)) }
    }
    var record: [UInt8] = []
    record.append(littleEndian: UInt32(0x0201_4b50))
    record.append(littleEndian: UInt16(45))
    record += commonFields(isLarge: isLarge || isFar, crc: entry.crc, size: entry.size)
    record.append(littleEndian: UInt16(entry.name.count))
    record.append(littleEndian: UInt16(extra.count))
    record += [UInt8](repeating: 0, count: 10)
    record.append(littleEndian: isFar ? UInt32.max : UInt32(entry.offset))
    return record + entry.name + extra
  }

  /// Version, flags, method, time, checksum and sizes, which both headers share.
  private func commonFields(isLarge: Bool, crc: UInt32, size: Int) -> [UInt8] {
    let shortSize = size >= threshold ? UInt32.max : UInt32(size)
    var fields: [UInt8] = []
    fields.append(littleEndian: UInt16(isLarge ? 45 : 20))
    fields.append(littleEndian: UInt16(0x0800))
    fields.append(littleEndian: UInt16(0))
    // 1980-01-01 00:00, so that equal models make equal files.
    fields.append(littleEndian: UInt32(0x0021_0000))
    fields.append(littleEndian: crc)
    fields.append(littleEndian: shortSize)
    fields.append(littleEndian: shortSize)
    return fields
  }

  private func endRecords(start: Int, size: Int) -> [UInt8] {
    var end: [UInt8] = []
    let needs64 = start >= threshold || entries.count >= 0xffff
    if needs64 {
      end.append(littleEndian: UInt32(0x0606_4b50))
      end.append(littleEndian: UInt64(44))
      end.append(littleEndian: UInt16(45))
      end.append(littleEndian: UInt16(45))
      end.append(littleEndian: UInt64(0))
      end.append(littleEndian: UInt64(entries.count))
      end.append(littleEndian: UInt64(entries.count))
      end.append(littleEndian: UInt64(size))
      end.append(littleEndian: UInt64(start))
      end.append(littleEndian: UInt32(0x0706_4b50))
      end.append(littleEndian: UInt32(0))
      end.append(littleEndian: UInt64(start + size))
      end.append(littleEndian: UInt32(1))
    }
    end.append(littleEndian: UInt32(0x0605_4b50))
    end.append(littleEndian: UInt32(0))
    end.append(littleEndian: needs64 ? UInt16.max : UInt16(entries.count))
    end.append(littleEndian: needs64 ? UInt16.max : UInt16(entries.count))
    end.append(littleEndian: needs64 ? UInt32.max : UInt32(size))
    end.append(littleEndian: needs64 ? UInt32.max : UInt32(start))
    end.append(littleEndian: UInt16(0))
    return end
  }
}
