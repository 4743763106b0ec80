import Foundation

/// Reads dates as cameras and editors write them.
///
/// EXIF says `2024:05:01 12:30:59`; found are also `-`, `/` and `.` between the parts of the day, ISO
/// 8601's `T`, fractions of a second, and a zone behind (`+0800`, `+08:00`, `Z`). A date that does not
/// exist is none.
struct ExifDate {
  private var rest: Substring.UTF8View

  private init(_ text: String) { rest = text[...].utf8 }

  /// - Parameters:
  ///   - text: the date and the time.
  ///   - zone: a zone from a tag of its own, which counts before one in the text.
  /// - Returns: nil for what is no date.
  static func components(_ text: String?, zone: String?) -> DateComponents? {
    guard let text else { return nil }
    var scanner = ExifDate(text)
    guard let year = scanner.number(digits: 4), scanner.skip(":-/."),
      let month = scanner.number(digits: 2), scanner.skip(":-/."),
      let day = scanner.number(digits: 2), scanner.skip(" T"),
      let hour = scanner.number(digits: 2), scanner.skip(":"),
      let minute = scanner.number(digits: 2), scanner.skip(":"),
      let second = scanner.number(digits: 2), exists(year, month, day),
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    if scanner.skip(".,") { while scanner.number(digits: 1) != nil {} }
    let own = zone.flatMap { text in
      var scanner = ExifDate(text)
      return scanner.zone()
    }
    return DateComponents(
      timeZone: own ?? scanner.zone(), year: year, month: month, day: day, hour: hour,
      minute: minute, second: second)
  }

  private static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
    guard year >= 1, (1...12).contains(month) else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  /// A number of at most so many digits.
  private mutating func number(digits: Int) -> Int? {
    let figures = rest.prefix(digits).prefix { (0x30...0x39).contains($0) }
    guard !figures.isEmpty else { return nil }
    rest = rest.dropFirst(figures.count)
    return figures.reduce(0) { $0 * 10 + Int($1) - 0x30 }
  }

  /// One or more of these characters.
  private mutating func skip(_ characters: String) -> Bool {
    let found = rest.prefix { characters.utf8.contains($0) }
    rest = rest.dropFirst(found.count)
    return !found.isEmpty
  }

  /// `+08:00`, `+0800`, `+08` or `Z`.
  private mutating func zone() -> TimeZone? {
    _ = skip(" ")
    if skip("Zz") { return TimeZone(secondsFromGMT: 0) }
    let isNegative = rest.first == UInt8(ascii: "-")
    guard skip("+-"), let hours = number(digits: 2), hours <= 14 else { return nil }
    _ = skip(":")
    let minutes = number(digits: 2) ?? 0
    guard minutes <= 59 else { return nil }
    return TimeZone(secondsFromGMT: (isNegative ? -1 : 1) * (hours * 3600 + minutes * 60))
  }
}
