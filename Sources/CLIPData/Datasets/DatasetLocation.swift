public import Foundation

/// Finds and opens the data set that a folder holds.
public enum DatasetLocation: Equatable, Sendable {
  /// `{split}_imgs.tsv` with `{split}_texts.jsonl`.
  case sourceFiles(images: URL, texts: URL)
  /// The environments `pairs` and `imgs` in one folder.
  case database(URL)
  /// Tar shards.
  case shards([URL])

  /// Looks for a split: the source files first, then `lmdb/{split}`, `{split}` or the folder itself with
  /// `pairs` and `imgs`, then `{split}*.tar`, then shards that are named by numbers.
  ///
  /// - Parameters:
  ///   - path: a folder; or a tar file; or a shard pattern as ``ShardPattern`` reads it.
  ///   - split: `train`, `valid`, `test` or any other name.
  /// - Returns: the first that is there.
  /// - Throws: ``DataError/noDataset(path:split:found:)``.
  public static func find(_ path: String, split: String) throws -> DatasetLocation {
    if path.hasSuffix(".tar") { return .shards(try ShardPattern.expand(path)) }
    let folder = URL(fileURLWithPath: path)
    let files = FileManager.default
    let images = folder.appendingPathComponent("\(split)_imgs.tsv")
    let texts = folder.appendingPathComponent("\(split)_texts.jsonl")
    let hasImages = files.fileExists(atPath: images.path)
    let hasTexts = files.fileExists(atPath: texts.path)
    if hasImages, hasTexts { return .sourceFiles(images: images, texts: texts) }
    for database in [
      folder.appendingPathComponent("lmdb").appendingPathComponent(split),
      folder.appendingPathComponent(split), folder,
    ] where isDatabase(database) {
      return .database(database)
    }
    let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    let shards = names.filter { $0.hasSuffix(".tar") }.sorted()
    let ofSplit = shards.filter { $0.hasPrefix(split) }
    // img2dataset and 'cnclip dataset fetch' name shards by numbers alone.
    let numbered = shards.filter { $0.dropLast(4).allSatisfy(\.isNumber) }
    let found = ofSplit.isEmpty ? numbered : ofSplit
    if !found.isEmpty { return .shards(found.map { folder.appendingPathComponent($0) }) }
    throw DataError.noDataset(
      path: folder.path, split: split,
      found: missing(hasImages, hasTexts, names: names, split: split))
  }

  /// Opens the data set.
  ///
  /// - Parameter policy: what to do with wrong lines and samples.
  /// - Returns: the data set.
  /// - Throws: ``DataError``.
  public func open(policy: DamagePolicy = .fail) throws -> any PairDataset {
    switch self {
    case .sourceFiles(let images, let texts):
      try TSVDataset(images: images, texts: texts, policy: policy)
    case .database(let directory): try LMDBDataset(directory)
    case .shards(let shards): try TarDataset(shards: shards, policy: policy)
    }
  }

  private static func isDatabase(_ folder: URL) -> Bool {
    ["pairs", "imgs"].allSatisfy {
      FileManager.default.fileExists(
        atPath: folder.appendingPathComponent($0).appendingPathComponent("data.mdb").path)
    }
  }

  private static func missing(
    _ hasImages: Bool, _ hasTexts: Bool, names: [String], split: String
  ) -> String {
    if hasImages { return "\(split)_texts.jsonl is missing" }
    if hasTexts { return "\(split)_imgs.tsv is missing" }
    let splits = Set(names.filter { $0.hasSuffix("_texts.jsonl") }.map { $0.dropLast(12) })
      .sorted().joined(separator: ", ")
    if !splits.isEmpty { return "the splits there are \(splits)" }
    return names.isEmpty ? "it is empty or not a folder" : "none of these is there"
  }
}
