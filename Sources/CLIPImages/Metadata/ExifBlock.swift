/// The TIFF structure of an EXIF block: directories of tagged values.
///
/// Every offset is checked against the block; a value that lies outside of it does not exist. At
/// most three directories are read (main, details, position), so nothing can loop.
struct ExifBlock {
  /// One tagged value: its type, how many there are, and where.
  struct Entry {
    let type: UInt16
    let count: Int
    let offset: Int
  }

  private let bytes: UnsafeRawBufferPointer
  private let isBigEndian: Bool

  /// Nil unless the block begins as TIFF does (BigTIFF is not used for EXIF).
  init?(_ block: Slice<UnsafeRawBufferPointer>) {
    bytes = UnsafeRawBufferPointer(rebasing: block)
    guard bytes.count >= 8 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): isBigEndian = false
    case (0x4D, 0x4D): isBigEndian = true
    default: return nil
    }
    guard number(at: 2, bytes: 2) == 42 else { return nil }
  }

  /// The directory of the main picture.
  var mainDirectory: [UInt16: Entry] { directory(atOffset: number(at: 4, bytes: 4) ?? 0) }

  /// Whether a TIFF file is one of a camera's RAW files: DNG, or a small first picture, or one of a
  /// colour filter array, by a camera's maker.
  var isCameraRaw: Bool {
    let main = mainDirectory
    if main[0xC612] != nil { return true }
    guard main[0x010F] != nil else { return false }
    let colourFilterArray = 32803
    return integer(main[0x0106]) == colourFilterArray
      || (integer(main[0x00FE]) == 1 && main[0x014A] != nil)
  }

  /// The directory that an entry points to; empty when there is none.
  func directory(at entry: Entry?) -> [UInt16: Entry] {
    integer(entry).map(directory(atOffset:)) ?? [:]
  }

  private func directory(atOffset start: Int) -> [UInt16: Entry] {
    guard let count = number(at: start, bytes: 2) else { return [:] }
    var entries: [UInt16: Entry] = [:]
    for index in 0..<count {
      let position = start + 2 + index * 12
      guard let tag = number(at: position, bytes: 2), let type = number(at: position + 2, bytes: 2),
        let count = number(at: position + 4, bytes: 4)
      else { break }
      // BYTE, ASCII, SHORT, LONG, RATIONAL, and IFD, a LONG; the others are not needed.
      guard let type = type == 13 ? 4 : (1...5).contains(type) ? type : nil, count <= bytes.count
      else { continue }
      let size = count * [1, 1, 2, 4, 8][type - 1]
      guard let offset = size <= 4 ? position + 8 : number(at: position + 8, bytes: 4),
        offset <= bytes.count, size <= bytes.count - offset
      else { continue }
      entries[UInt16(tag)] = Entry(type: UInt16(type), count: count, offset: offset)
    }
    return entries
  }

  /// The first number of an entry of bytes, shorts or longs.
  func integer(_ entry: Entry?) -> Int? {
    guard let entry, entry.count >= 1, entry.type != 2, entry.type != 5 else { return nil }
    return number(at: entry.offset, bytes: [1, 1, 2, 4][Int(entry.type) - 1])
  }

  /// At most 200 characters, without the padding that cameras write; nil when nothing is left.
  func text(_ entry: Entry?) -> String? {
    guard let entry, entry.type == 2 else { return nil }
    let characters = bytes[entry.offset..<(entry.offset + min(entry.count, 200))]
      .prefix { $0 != 0 }
    let text = String(decoding: characters, as: UTF8.self)
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? nil : words
  }

  /// At most three fractions; empty where a denominator is 0.
  func rationals(_ entry: Entry?) -> [Double] {
    guard let entry, entry.type == 5 else { return [] }
    var values: [Double] = []
    for index in 0..<min(entry.count, 3) {
      guard let numerator = number(at: entry.offset + index * 8, bytes: 4),
        let denominator = number(at: entry.offset + index * 8 + 4, bytes: 4), denominator != 0
      else { return [] }
      values.append(Double(numerator) / Double(denominator))
    }
    return values
  }

  /// Degrees, minutes and seconds as a number; nil beyond the limit.
  func degrees(_ entry: Entry?, sign: Entry?, negative: String, limit: Double) -> Double? {
    let parts = rationals(entry)
    guard parts.count == 3, let sign = text(sign) else { return nil }
    let value = parts[0] + parts[1] / 60 + parts[2] / 3600
    guard value <= limit else { return nil }
    return sign == negative ? -value : value
  }

  private func number(at offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    return (0..<count).reduce(0) { value, index in
      value << 8 | Int(bytes[offset + (isBigEndian ? index : count - 1 - index)])
    }
  }
}
