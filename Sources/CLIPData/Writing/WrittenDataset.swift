/// Looks whether a data set that was written is there.
enum WrittenDataset {
  /// Counts what can be read of it.
  ///
  /// - Throws: ``DataError/unwritable(path:reason:)`` when it is not as much as was to be written.
  static func check(
    _ written: some PairDataset, against source: any PairDataset, path: String
  ) throws {
    let counts = [
      ("pictures", try written.imageIDs().count, Set(try source.imageIDs()).count),
      ("pairs", written.pairCount, source.pairCount),
    ]
    for (what, found, expected) in counts where found != expected {
      throw DataError.unwritable(
        path: path, reason: "of \(expected) \(what) written \(found) can be read")
    }
  }
}
