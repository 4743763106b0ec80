/// Finds the EXIF block and the XMP packet within a file, stepping from chunk to chunk.
struct MetadataLocator {
  /// The TIFF structure that holds EXIF, without a prefix.
  private(set) var exif: Slice<UnsafeRawBufferPointer>?
  private var xmp: Slice<UnsafeRawBufferPointer>?
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) {
    self.bytes = bytes
    switch format {
    case .jpeg: searchJPEG()
    case .png: searchPNG()
    case .webp: searchWebP()
    case .tiff: exif = bytes[...]
    case .gif, .bmp, .heic, .avif, .jpegXL, .raw, .dicom: break
    }
  }

  /// The digit after `tiff:Orientation="` or `tiff:Orientation>`.
  var orientationInXMP: ImageOrientation? {
    let name = Array("tiff:Orientation".utf8)
    guard let xmp, xmp.count > name.count else { return nil }
    for start in xmp.startIndex..<(xmp.endIndex - name.count)
    where xmp[start] == name[0] && xmp[start...].starts(with: name) {
      let rest = Array(xmp[(start + name.count)...].prefix(3))
      if rest.starts(with: Array("=\"".utf8)), rest.count == 3 {
        return ImageOrientation(rawValue: Int(rest[2]) - 0x30)
      }
      if rest.starts(with: Array(">".utf8)), rest.count >= 2 {
        return ImageOrientation(rawValue: Int(rest[1]) - 0x30)
      }
    }
    return nil
  }

  /// Segments up to the first scan: FF, marker, length (two bytes, itself included).
  private mutating func searchJPEG() {
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xFF else {
        position += 1
        continue
      }
      let marker = bytes[position + 1]
      switch marker {
      case 0xFF: position += 1
      case 0, 0x01, 0xD0...0xD8: position += 2
      case 0xD9, 0xDA: return
      default:
        let end = position + 2 + bigEndian(position + 2, 2)
        guard end >= position + 4, end <= bytes.count else { return }
        if marker == 0xE1 { keep(bytes[(position + 4)..<end]) }
        position = end
      }
    }
  }

  private mutating func keep(_ segment: Slice<UnsafeRawBufferPointer>) {
    let exifPrefix = Array("Exif\0\0".utf8)
    let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    if exif == nil, segment.starts(with: exifPrefix) {
      exif = segment.dropFirst(exifPrefix.count)
    } else if xmp == nil, segment.starts(with: xmpPrefix) {
      xmp = segment.dropFirst(xmpPrefix.count)
    }
  }

  /// Chunks: length (four bytes, of the contents only), name, contents, checksum.
  private mutating func searchPNG() {
    let xmpPrefix = Array("XML:com.adobe.xmp\0".utf8)
    var position = 8
    while position + 12 <= bytes.count {
      let start = position + 8
      let length = bigEndian(position, 4)
      guard length <= bytes.count - start - 4 else { return }
      let contents = bytes[start..<(start + length)]
      if name(at: position + 4, is: "eXIf"), exif == nil { exif = contents }
      if name(at: position + 4, is: "iTXt"), xmp == nil, contents.starts(with: xmpPrefix) {
        xmp = contents
      }
      position = start + length + 4
    }
  }

  /// RIFF chunks: name, length (little-endian), contents, padded to an even length.
  private mutating func searchWebP() {
    var position = 12
    while position + 8 <= bytes.count {
      let start = position + 8
      let length = (0..<4).reduce(0) { $0 | Int(bytes[position + 4 + $1]) << (8 * $1) }
      guard length <= bytes.count - start else { return }
      let contents = bytes[start..<(start + length)]
      if name(at: position, is: "EXIF"), exif == nil {
        let prefix = Array("Exif\0\0".utf8)
        exif = contents.starts(with: prefix) ? contents.dropFirst(prefix.count) : contents
      }
      if name(at: position, is: "XMP "), xmp == nil { xmp = contents }
      position = start + length + length % 2
    }
  }

  private func name(at position: Int, is name: String) -> Bool {
    bytes[position..<(position + 4)].elementsEqual(name.utf8)
  }

  private func bigEndian(_ position: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
  }
}
