import Foundation

/// The files of one partition of a clip-retrieval folder: they share what follows `img_emb_`,
/// `text_emb_` and `metadata_` in their names.
struct ClipRetrievalPartition {
  /// What the names share, as `0` or `00017`.
  let name: String
  fileprivate(set) var images: String?
  fileprivate(set) var texts: String?
  /// JSON lines.
  fileprivate(set) var metadata: String?
  /// Metadata that is not read.
  fileprivate(set) var parquet: String?

  /// The kinds of files, by their folder.
  private static let kinds = [
    ("img_emb", "img_emb_", ["npy"]), ("text_emb", "text_emb_", ["npy"]),
    ("metadata", "metadata_", ["jsonl", "json", "parquet"]),
  ]

  /// What is in a folder: partitions by number, and files that belong to none.
  ///
  /// The folder is read rather than numbers counted: the writer numbers with and without leading
  /// zeros, and leaves a number out when a partition had nothing to write.
  static func list(
    _ folder: String
  ) throws(SearchError) -> (partitions: [ClipRetrievalPartition], strangers: [String]) {
    var found: [String: ClipRetrievalPartition] = [:]
    var strangers: [String] = []
    for (subfolder, prefix, endings) in kinds {
      for file in try names(folder + "/" + subfolder, isNeeded: subfolder == "img_emb") {
        let url = URL(filePath: file)
        let (stem, ending) = (url.deletingPathExtension().lastPathComponent, url.pathExtension)
        guard stem.hasPrefix(prefix), stem != prefix, endings.contains(ending) else {
          strangers.append(file)
          continue
        }
        let name = String(stem.dropFirst(prefix.count))
        var partition = found[name] ?? ClipRetrievalPartition(name: name)
        switch (subfolder, ending) {
        case ("img_emb", _): partition.images = file
        case ("text_emb", _): partition.texts = file
        case (_, "parquet"): partition.parquet = file
        case (_, "jsonl"): partition.metadata = file
        default: partition.metadata = partition.metadata ?? file
        }
        found[name] = partition
      }
    }
    guard found.values.contains(where: { $0.images != nil }) else {
      throw .importFile(path: folder, line: nil, problem: "there is no img_emb/img_emb_0.npy")
    }
    return (found.values.sorted(by: precedes), strangers)
  }

  /// Files of a folder in sorted order; hidden ones are the system's.
  private static func names(_ folder: String, isNeeded: Bool) throws(SearchError) -> [String] {
    guard access(folder, F_OK) == 0 || isNeeded else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }.sorted().map { folder + "/" + $0 }
    } catch {
      throw .importFile(path: folder, line: nil, problem: "the folder cannot be read")
    }
  }

  /// Numbers by size, other names behind them.
  private static func precedes(
    _ left: ClipRetrievalPartition, _ right: ClipRetrievalPartition
  ) -> Bool {
    let numbers = (Int(left.name) ?? .max, Int(right.name) ?? .max)
    return numbers.0 != numbers.1 ? numbers.0 < numbers.1 : left.name < right.name
  }
}
