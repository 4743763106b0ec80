/// What a text that is not UTF-8 seems to be, and what to do about it.
///
/// Chinese captions come from spreadsheets and old programs as GBK and UTF-16; read as UTF-8 they are
/// other texts, or all the same one.
package enum TextEncoding: Sendable, Equatable {
  /// GBK, or GB 18030, which contains it.
  case gbk
  /// UTF-16 with its byte-order mark.
  case utf16
  /// UTF-16 without a mark, low or high byte first.
  case utf16LittleEndian
  case utf16BigEndian
  case unknown

  /// Bytes that are looked at: a text says what it is soon.
  private static let sample = 1 << 16

  /// Guesses from the beginning of a text.
  package init(of bytes: UnsafeRawBufferPointer) {
    let start = bytes.prefix(Self.sample)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      self = .utf16
      return
    }
    var zeros = (even: 0, odd: 0)
    for (index, byte) in start.enumerated() where byte == 0 {
      if index.isMultiple(of: 2) { zeros.even += 1 } else { zeros.odd += 1 }
    }
    if zeros.odd * 8 > start.count, zeros.even * 8 < zeros.odd {
      self = .utf16LittleEndian
    } else if zeros.even * 8 > start.count, zeros.odd * 8 < zeros.even {
      self = .utf16BigEndian
    } else {
      self = Self.looksLikeGBK(start) ? .gbk : .unknown
    }
  }

  /// The end of a sentence about a text that is not UTF-8; with a path, a command that can be copied.
  package func advice(path: String? = nil) -> String {
    let (name, code): (String, String)
    switch self {
    case .gbk: (name, code) = ("GBK", "GB18030")
    case .utf16: (name, code) = ("UTF-16", "UTF-16")
    case .utf16LittleEndian: (name, code) = ("UTF-16", "UTF-16LE")
    case .utf16BigEndian: (name, code) = ("UTF-16", "UTF-16BE")
    case .unknown: return "save it as UTF-8"
    }
    guard let path else {
      return "it looks like \(name): convert the file with \"iconv -f \(code) -t UTF-8\""
    }
    return "it looks like \(name): convert it with "
      + "\"iconv -f \(code) -t UTF-8 \(Self.quoted(path)) > \(Self.quoted(path + ".utf8"))\""
  }

  /// Whether bytes that are no UTF-8 are two-byte characters of GBK, most of them among those of
  /// GB 2312, which everyday Chinese is written with.
  private static func looksLikeGBK(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    var (common, other) = (0, 0)
    var position = bytes.startIndex
    while position < bytes.endIndex {
      let first = bytes[position]
      position += 1
      guard first >= 0x80 else { continue }
      // The sample may end inside a character.
      guard position < bytes.endIndex else { break }
      let second = bytes[position]
      guard (0x81...0xFE).contains(first), second != 0x7F, (0x30...0xFE).contains(second) else {
        return false
      }
      if second < 0x40 {
        // Four bytes of GB 18030.
        position += 3
        other += 1
      } else {
        position += 1
        let isCommon = (0xA1...0xF7).contains(first) && second >= 0xA1
        if isCommon { common += 1 } else { other += 1 }
      }
    }
    return common > other
  }

  /// A path as a shell takes it.
  private static func quoted(_ path: String) -> String {
    let plain = path.utf8.allSatisfy { byte in
      byte >= 0x80 || Character(Unicode.Scalar(byte)).isLetter
        || Character(Unicode.Scalar(byte)).isNumber || "./_-+,:@".utf8.contains(byte)
    }
    return plain ? path : "'" + path.replacing("'", with: #"'\''"#) + "'"
  }
}

extension TextEncoding {
  /// Whether a text that is sound UTF-8 is GBK all the same.
  ///
  /// Many hanzi of GB 2312 have bytes that make two-byte characters of UTF-8: 一只猫 reads as `һֻè`. A
  /// text is taken for GBK when every character beyond ASCII is of that kind and letters of different
  /// scripts stand side by side, as in no language.
  package static func isGBKByChance(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    var isMixed = false
    var last: Int?
    while position < bytes.count {
      let first = bytes[position]
      guard first >= 0x80 else {
        last = nil
        position += 1
        continue
      }
      guard (0xC2...0xD7).contains(first), position + 1 < bytes.count,
        (0xA1...0xBF).contains(bytes[position + 1])
      else { return false }
      let script = script(Int(first & 0x1F) << 6 | Int(bytes[position + 1] & 0x3F))
      if let last, last != script { isMixed = true }
      last = script
      position += 2
    }
    return isMixed
  }

  /// A number for the script of a character below U+0600.
  private static func script(_ scalar: Int) -> Int {
    switch scalar {
    case ..<0x250: 0
    case ..<0x300: 1
    case ..<0x370: 2
    case ..<0x400: 3
    case ..<0x530: 4
    case ..<0x590: 5
    default: 6
    }
  }
}
