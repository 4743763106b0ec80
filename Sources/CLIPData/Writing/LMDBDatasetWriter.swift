import Files
public import Foundation

/// Writes a data set as the two LMDB environments that the original trains from.
///
/// Keys, values and counters are those of the original's `build_lmdb_dataset.py`. The map size, which the
/// original sets to 1 TiB, is derived from the data, and `num_images` counts pictures, not lines, so the
/// original's feature extraction never runs dry.
public enum LMDBDatasetWriter {
  /// Writes `pairs` and `imgs`, and reads them again; both appear only when they are complete, `pairs`
  /// last.
  ///
  /// - Parameters:
  ///   - dataset: what to write.
  ///   - directory: the split's folder, usually `lmdb/{split}`.
  ///   - overwrite: whether environments that are there may be replaced.
  ///   - progress: called with the number of pictures and pairs written and their total.
  /// - Throws: ``DataError``.
  public static func write(
    _ dataset: any PairDataset, to directory: URL, overwrite: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let files = FileManager.default
    for name in ["pairs", "imgs"] where !overwrite {
      let environment = directory.appendingPathComponent(name)
      guard !files.fileExists(atPath: environment.path) else {
        throw DataError.alreadyExists(path: environment.path)
      }
    }
    let total = dataset.pairCount + (try dataset.imageIDs().count)
    try DataError.wrapping {
      // The outer folder appears last, so that neither environment is there without the other.
      try AtomicFolder.write(
        to: directory.appendingPathComponent("pairs"), replacing: overwrite
      ) { pairs in
        try writePairs(of: dataset, to: pairs) { progress($0, total) }
        try AtomicFolder.write(
          to: directory.appendingPathComponent("imgs"), replacing: overwrite
        ) { images in
          try writeImages(of: dataset, to: images) { progress(dataset.pairCount + $0, total) }
        }
      }
    }
    try WrittenDataset.check(LMDBDataset(directory), against: dataset, path: directory.path)
  }

  private static func writePairs(
    of dataset: any PairDataset, to directory: URL, progress: (Int) -> Void
  ) throws {
    let count = dataset.pairCount
    let writer = try LMDBWriter(directory: directory)
    var done = 0
    try forEachNumberAsText(below: count) { index in
      try PairRecord.encode(dataset.pair(at: index)).withUnsafeBytes {
        try writer.append(key: String(index), value: $0)
      }
      done += 1
      progress(done)
    }
    try append("num_samples", count, to: writer)
    try writer.finish()
  }

  private static func writeImages(
    of dataset: any PairDataset, to directory: URL, progress: (Int) -> Void
  ) throws {
    let keys = try dataset.imageIDs().map { String($0) }.sorted { a, b in
      a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    let writer = try LMDBWriter(directory: directory)
    for (index, key) in keys.enumerated() {
      let base64 = try dataset.imageData(for: Int64(key) ?? 0).base64EncodedData()
      try base64.withUnsafeBytes { try writer.append(key: key, value: $0) }
      progress(index + 1)
    }
    try append("num_images", keys.count, to: writer)
    try writer.finish()
  }

  private static func append(_ key: String, _ count: Int, to writer: LMDBWriter) throws {
    try Array(String(count).utf8).withUnsafeBytes { try writer.append(key: key, value: $0) }
  }

  /// Calls `body` with 0 ..< count in the order of their decimal texts: 0, 1, 10, 100, 101, …, 2, 20.
  static func forEachNumberAsText(below count: Int, _ body: (Int) throws -> Void) rethrows {
    func visit(_ number: Int) throws {
      guard number < count else { return }
      try body(number)
      for digit in 0...9 { try visit(number * 10 + digit) }
    }
    if count > 0 { try body(0) }
    for first in 1...9 { try visit(first) }
  }
}
