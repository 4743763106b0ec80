import Foundation

/// A share of files, told by their paths: `2/8` is the second of eight.
///
/// Every path is in one share, whichever machine looks at it, so that as many runs as there are shares
/// do each picture once. What has gone is taken out by runs that look at everything: another share may
/// have found it elsewhere.
public struct IndexShard: Sendable, Equatable {
  /// From 0.
  public let index: Int
  /// How many there are.
  public let count: Int

  /// Everything.
  public init() { (index, count) = (0, 1) }

  /// A share as people write it, `1/4` to `4/4`.
  ///
  /// - Returns: `nil` for what is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]),
      (1...100_000).contains(count), (1...count).contains(number)
    else { return nil }
    (index, self.count) = (number - 1, count)
  }

  /// Whether there is no other share.
  public var isWhole: Bool { count == 1 }

  /// Whether a file is of this share.
  func contains(_ path: String) -> Bool {
    guard !isWhole else { return true }
    let digits = PictureFile.fingerprint(Data(path.utf8)).prefix(8)
    return digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % UInt64(count) == UInt64(index)
  }
}
