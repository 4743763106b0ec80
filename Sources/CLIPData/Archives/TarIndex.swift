package import Files

/// One regular file inside a tar archive.
package struct TarEntry: Sendable, Equatable {
  package let name: String
  package let range: Range<Int>
}

/// Lists the regular files of an uncompressed tar archive: the old format, ustar, pax, and GNU's long names.
package enum TarIndex {
  private static let block = 512
  /// Longer names are no names.
  private static let maximumNameLength = 1 << 16

  /// The files in the order of the archive.
  ///
  /// - Throws: ``DataError/badArchive(path:offset:problem:)``.
  package static func entries(of file: MappedFile) throws(DataError) -> [TarEntry] {
    var entries: [TarEntry] = []
    var longName: String?
    var paxName: String?
    var paxSize: Int?
    var offset = 0
    func fail(_ problem: String) -> DataError {
      .badArchive(path: file.path, offset: offset, problem: problem)
    }
    if file.count >= 2, file.bytes[0] == 0x1F, file.bytes[1] == 0x8B {
      throw fail("it is compressed; unpack it with gunzip, pictures hardly shrink anyway")
    }
    while offset + block <= file.count {
      let header = file.bytes(in: offset..<offset + block)
      if header.allSatisfy({ $0 == 0 }) { return entries }
      guard checksumIsRight(header) else { throw fail("the header's checksum is wrong") }
      guard let headerSize = number(header[124..<136]), headerSize >= 0 else {
        throw fail("a file's size cannot be read")
      }
      let kind = header[156]
      let isExtension = ["x", "g", "L", "K"].contains(Character(Unicode.Scalar(kind)))
      let size = isExtension ? headerSize : paxSize ?? headerSize
      let start = offset + block
      guard size <= file.count - start else { throw fail("the archive ends inside a file") }
      let content = file.bytes(in: start..<start + size)
      switch Character(Unicode.Scalar(kind)) {
      case "L":
        guard size <= maximumNameLength else { throw fail("a name is too long") }
        longName = Self.name(content.prefix { $0 != 0 })
      case "x":
        guard size <= 16 * maximumNameLength, let fields = paxFields(content) else {
          throw fail("an extended header cannot be read")
        }
        paxName = fields["path"]
        paxSize = fields["size"].flatMap { Int($0) }
        if let paxSize, paxSize < 0 { throw fail("a file's size cannot be read") }
      case "g", "K": break
      case "S": throw fail("sparse files are not supported")
      case "0", "7", "\0":
        let name = paxName ?? longName ?? headerName(header)
        if !name.hasSuffix("/") {
          entries.append(TarEntry(name: name, range: start..<start + size))
        }
        (longName, paxName, paxSize) = (nil, nil, nil)
      default: (longName, paxName, paxSize) = (nil, nil, nil)
      }
      offset = start + (size + block - 1) / block * block
    }
    guard offset >= file.count, file.count > 0 else {
      throw fail(file.count == 0 ? "the file is empty" : "the archive ends inside a header")
    }
    return entries
  }

  /// A name, which other programs may have written in any encoding.
  private static func name(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    String(escapingInvalid: UnsafeRawBufferPointer(rebasing: bytes))
  }

  private static func headerName(_ header: UnsafeRawBufferPointer) -> String {
    func text(_ range: Range<Int>) -> String {
      name(header[range].prefix { $0 != 0 })
    }
    let isUstar = header[257..<262].elementsEqual("ustar".utf8)
    // GNU's own format ("ustar  ") keeps times where ustar has the prefix.
    let prefix = isUstar && header[262] == 0 ? text(345..<500) : ""
    return prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100)
  }

  private static func checksumIsRight(_ header: UnsafeRawBufferPointer) -> Bool {
    var sum = 8 * 0x20
    for index in header.indices where !(148..<156).contains(index) { sum += Int(header[index]) }
    return number(header[148..<156]) == sum
  }

  /// Octal digits between blanks, or GNU's base 256 for what octal cannot hold.
  private static func number(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      guard first == 0x80 else { return nil }
      var value = 0
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    if digits.isEmpty { return 0 }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  /// The `length key=value\n` records of an extended header.
  private static func paxFields(_ content: UnsafeRawBufferPointer) -> [String: String]? {
    var fields: [String: String] = [:]
    var rest = content[...]
    while let first = rest.first, first != 0 {
      guard let space = rest.firstIndex(of: 0x20),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { return nil }
      let end = rest.startIndex + length
      let record = rest[(space + 1)..<(end - 1)]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      fields[String(decoding: record[..<equals], as: UTF8.self)] =
        name(record[(equals + 1)...])
      rest = rest[end...]
    }
    return fields
  }
}
