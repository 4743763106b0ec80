/// Character references of HTML in texts, replaced as Python's `html.unescape` does.
struct HTMLReferences: Sendable {
  /// Decoded from `HTMLEntityData` when first used.
  static let shared = HTMLReferences()

  /// What stands for each name, which may end with a semicolon.
  private let names: [String: [UInt32]]
  private static let longestName = 32

  private init() {
    let data = HTMLEntityData.names
    let text = UnsafeBufferPointer(start: data.utf8Start, count: data.utf8CodeUnitCount)
    var names: [String: [UInt32]] = [:]
    for record in text.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
      let parts = record.split(separator: UInt8(ascii: "="))
      guard parts.count == 2 else { continue }
      names[String(decoding: parts[0], as: UTF8.self)] =
        parts[1].split(separator: UInt8(ascii: ".")).compactMap {
          UInt32(String(decoding: $0, as: UTF8.self), radix: 16)
        }
    }
    self.names = names
  }

  /// What a name stands for, semicolon included where it has one.
  func scalars(named name: String) -> [UInt32]? { names[name] }

  /// Replaces all references in a text.
  func replaced(in scalars: [UInt32]) -> [UInt32] {
    guard scalars.contains(0x26) else { return scalars }
    var result: [UInt32] = []
    var place = 0
    while place < scalars.count {
      if scalars[place] == 0x26, let (text, end) = reference(in: scalars, at: place) {
        result += text
        place = end
      } else {
        result.append(scalars[place])
        place += 1
      }
    }
    return result
  }

  /// What a reference stands for that begins at a place, and where it ends.
  private func reference(in scalars: [UInt32], at start: Int) -> ([UInt32], Int)? {
    var place = start + 1
    if place < scalars.count, scalars[place] == 0x23 {
      return Self.number(in: scalars, at: place + 1)
    }
    while place < scalars.count, place - start <= Self.longestName, Self.isName(scalars[place]) {
      place += 1
    }
    guard place > start + 1 else { return nil }
    if place < scalars.count, scalars[place] == 0x3B { place += 1 }
    // The longest beginning that is a name; all of them are ASCII.
    var name = ""
    var longest: ([UInt32], Int)?
    for index in start + 1..<place {
      guard scalars[index] < 0x80, let scalar = Unicode.Scalar(scalars[index]) else { break }
      name.unicodeScalars.append(scalar)
      if name.utf8.count > 1, let text = names[name] { longest = (text, index + 1) }
    }
    return longest
  }

  private static func isName(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0A, 0x0C, 0x20, 0x3C, 0x26, 0x23, 0x3B: false
    default: true
    }
  }

  /// A numeric reference, whose digits begin at a place.
  private static func number(in scalars: [UInt32], at start: Int) -> ([UInt32], Int)? {
    var place = start
    let isHexadecimal = place < scalars.count && scalars[place] | 0x20 == 0x78
    if isHexadecimal { place += 1 }
    let first = place
    var value: UInt32 = 0
    while place < scalars.count, let digit = digit(scalars[place], isHexadecimal) {
      value = min(value * (isHexadecimal ? 16 : 10) + digit, 0x110000)
      place += 1
    }
    guard place > first else { return nil }
    if place < scalars.count, scalars[place] == 0x3B { place += 1 }
    return (text(of: value), place)
  }

  private static func digit(_ scalar: UInt32, _ isHexadecimal: Bool) -> UInt32? {
    switch scalar {
    case 0x30...0x39: scalar - 0x30
    case 0x41...0x46 where isHexadecimal: scalar - 0x37
    case 0x61...0x66 where isHexadecimal: scalar - 0x57
    default: nil
    }
  }

  private static func text(of number: UInt32) -> [UInt32] {
    switch number {
    case 0, 0xD800...0xDFFF, 0x110000...: [0xFFFD]
    case 0x0D: [0x0D]
    case 0x80...0x9F: [Windows1252.scalar(of: number)]
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: []
    default: number & 0xFFFE == 0xFFFE ? [] : [number]
    }
  }
}

/// What the bytes 0x80 to 0x9F mean in Windows' Western code page.
enum Windows1252 {
  private static let scalars: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// The character of a byte; the five that have none stay control characters.
  static func scalar(of byte: UInt32) -> UInt32 {
    (0x80...0x9F).contains(byte) ? scalars[Int(byte - 0x80)] : byte
  }
}
