package import Foundation

/// Names of many files in one string, as WebDataset's users write them: `shards/{00000..00127}.tar`.
package enum ShardPattern {
  /// More files than any data set has.
  private static let maximumCount = 1_000_000

  /// The files that a pattern names, in ascending order; a plain path names itself.
  ///
  /// - Parameter pattern: a path with any number of `{first..last}`, leading zeros giving the width.
  /// - Returns: the files.
  /// - Throws: ``DataError/invalidSetting(_:)`` for a range that counts down or names a million files.
  package static func expand(_ pattern: String) throws(DataError) -> [URL] {
    try expandedPaths(pattern).map { URL(fileURLWithPath: $0) }
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
