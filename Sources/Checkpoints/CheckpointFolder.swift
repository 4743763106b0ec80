import Files
package import Foundation

/// A folder with weights: Hugging Face's layout, and our own, which has the same files.
package struct CheckpointFolder {
  let url: URL

  /// Weights in one file, then in shards; safetensors first.
  private static let weightNames = ["model.safetensors", "pytorch_model.bin"]
  /// A folder's index or configuration is text of a few kilobytes; vocabularies reach megabytes.
  private static let maximumTextSize = 16 << 20

  package init(_ url: URL) throws { self.url = url }

  /// Opens the weights.
  func checkpoint() throws -> Checkpoint {
    for name in Self.weightNames {
      let file = url.appendingPathComponent(name)
      if exists(name) { return try relocated(Checkpoint.open(file)) }
      if let index = try text("\(name).index.json") {
        return try shards(index, indexName: "\(name).index.json")
      }
    }
    throw CheckpointError.missingFile(
      folder: url.path, names: Self.weightNames + ["an index of shards"])
  }

  /// A small file of the folder; `nil` when there is none.
  package func text(_ name: String) throws -> Data? {
    guard exists(name) else { return nil }
    let file = try CheckpointError.wrapping { try MappedFile(url.appendingPathComponent(name)) }
    guard file.bytes.count <= Self.maximumTextSize else {
      throw CheckpointError.limitExceeded(
        source: file.path, what: "its size in bytes", found: file.bytes.count,
        allowed: Self.maximumTextSize)
    }
    return Data(file.bytes)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path)
  }

  private func relocated(_ checkpoint: Checkpoint) throws -> Checkpoint {
    try Checkpoint(
      checkpoint.entries, metadata: checkpoint.metadata, format: checkpoint.format, url: url,
      skippedEntries: checkpoint.skippedEntries)
  }

  private struct Index: Decodable {
    let weightMap: [String: String]
    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// Opens every shard that the index names, and takes from each what the index says is in it.
  private func shards(_ data: Data, indexName: String) throws -> Checkpoint {
    let source = url.appendingPathComponent(indexName).path
    guard let index = try? JSONDecoder().decode(Index.self, from: data), !index.weightMap.isEmpty
    else {
      throw CheckpointError.invalidConfiguration(
        source: source, key: "weight_map", reason: "is missing or no table of names and files")
    }
    let names = Set(index.weightMap.values).sorted()
    guard names.count <= 1024 else {
      throw CheckpointError.limitExceeded(
        source: source, what: "the number of shards", found: names.count, allowed: 1024)
    }
    var tensors: [(name: String, tensor: CheckpointTensor)] = []
    var format = CheckpointFormat.safetensors
    for name in names {
      let shard = try Checkpoint.open(try shardURL(name, source: source))
      format = shard.format
      for entry in shard.entries where index.weightMap[entry.name] == name {
        tensors.append(entry)
      }
    }
    let found = Set(tensors.map(\.name))
    if let missing = index.weightMap.keys.filter({ !found.contains($0) }).min() {
      throw CheckpointError.missingTensor(source: source, name: missing)
    }
    return try Checkpoint(
      tensors, metadata: [:], format: format, url: url, skippedEntries: [])
  }

  /// The file of a shard: a plain name, and a file that really is in the folder, or in the store of
  /// the Hugging Face cache (`blobs`) that the folder's links point to.
  private func shardURL(_ name: String, source: String) throws -> URL {
    let isPlain = !name.isEmpty && name.first != "." && !name.contains { "/\\\0".contains($0) }
    guard isPlain else { throw CheckpointError.unsafePath(source: source, path: name) }
    let folder = url.resolvingSymlinksInPath()
    let file = folder.appendingPathComponent(name).resolvingSymlinksInPath()
    let blobs = folder.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("blobs")
    let parent = file.deletingLastPathComponent().path
    let isCached =
      folder.deletingLastPathComponent().lastPathComponent == "snapshots" && parent == blobs.path
    guard parent == folder.path || isCached else {
      throw CheckpointError.unsafePath(source: source, path: name)
    }
    return file
  }
}
