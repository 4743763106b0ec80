/// Reads the numbers and dates of filters.
enum FilterValues {
  /// A whole number, with a unit of bytes if allowed: `1500`, `2kB`, `1.5MB`.
  static func number(_ text: String, withUnit: Bool) -> Int64? {
    if let number = Int64(text) { return number }
    guard withUnit else { return nil }
    let units: [(String, Double)] = [
      ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("b", 1),
    ]
    let text = text.lowercased()
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.count)), number.isFinite, abs(number) < 1e9
      else { return nil }
      return Int64(number * factor)
    }
    return nil
  }

  /// A date as the catalogue writes it, cut off where the text stops: `2024`, `2024-05`,
  /// `2024-05-01`, `2024-05-01T18:30`.
  static func date(_ text: String) -> String? {
    let parts = text.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "T" || $0 == " " })
    let day = parts[0].split(
      omittingEmptySubsequences: false, whereSeparator: { "-/".contains($0) })
    let time =
      parts.count > 1 ? parts[1].split(separator: ":", omittingEmptySubsequences: false) : []
    guard (1...3).contains(day.count), time.count <= 3, time.isEmpty || day.count == 3,
      let year = padded(day[0], width: 4, in: 0...9999)
    else { return nil }
    var result = year
    for (index, limit) in [(1, 1...12), (2, 1...31)] where index < day.count {
      guard let part = padded(day[index], width: 2, in: limit) else { return nil }
      result += "-" + part
    }
    for index in time.indices {
      guard let part = padded(time[index], width: 2, in: index == 0 ? 0...23 : 0...59) else {
        return nil
      }
      result += (index == 0 ? "T" : ":") + part
    }
    return result
  }

  private static func padded(
    _ digits: Substring, width: Int, in range: ClosedRange<Int>
  ) -> String? {
    guard (1...width).contains(digits.count), width == 2 || digits.count == width,
      digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
      range.contains(number)
    else { return nil }
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
