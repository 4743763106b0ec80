package import Foundation

/// Names of many files in one string, as WebDataset's users write them: `shards/{00000..00127}.tar`.
package enum ShardPattern {
  /// More files than any data set has.
  private static let maximumCount = 1_000_000

  /// The files that a pattern names, in ascending order; a plain path names itself.
  ///
  /// - Parameter pattern: a path with any number of `{first..last}`, leading zeros giving the width, and
  ///   of `*`, `?` and `[…]`, which stand for the files that are there.
  /// - Returns: the files.
  /// - Throws: ``DataError/invalidSetting(_:)`` for a range that counts down or names a million files,
  ///   and for a pattern that fits no file.
  package static func expand(_ pattern: String) throws(DataError) -> [URL] {
    var paths: [String] = []
    for path in try expandedPaths(pattern) {
      let isPlain = !path.contains { "*?[".contains($0) }
      paths += isPlain || FileManager.default.fileExists(atPath: path) ? [path] : try matches(path)
    }
    return paths.map { URL(fileURLWithPath: $0) }
  }

  /// The files that a pattern of the shell fits, sorted by name.
  private static func matches(_ pattern: String) throws(DataError) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else {
      throw DataError.invalidSetting("No file fits the pattern \"\(pattern)\".")
    }
    return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }

  private static func expandedPaths(_ pattern: String) throws(DataError) -> [String] {
    guard let match = pattern.firstMatch(of: #/\{([0-9]{1,18})\.\.([0-9]{1,18})\}/#) else {
      return [pattern]
    }
    guard let first = Int(match.1), let last = Int(match.2), first <= last,
      last - first < maximumCount
    else {
      throw DataError.invalidSetting(
        "The shard pattern \"\(pattern)\" must count up, over at most \(maximumCount) files.")
    }
    let tails = try expandedPaths(String(pattern[match.range.upperBound...]))
    guard (last - first + 1) * tails.count <= maximumCount else {
      throw DataError.invalidSetting(
        "The shard pattern \"\(pattern)\" names more than \(maximumCount) files.")
    }
    let head = pattern[..<match.range.lowerBound]
    var paths: [String] = []
    for number in first...last {
      let digits = String(number)
      let padding = String(repeating: "0", count: max(0, match.1.count - digits.count))
      for tail in tails { paths.append("\(head)\(padding)\(digits)\(tail)") }
    }
    return paths
  }
}
