package import Files
package import Foundation

/// How many samples the shards of a folder have, as its side files say: `sizes.json` (open_clip), the
/// index of wids, and `__len__`.
package struct ShardSizes: Sendable, Equatable {
  /// Samples of each shard that is named, by its file's name.
  package var counts: [String: Int] = [:]
  /// Samples of all shards of the folder, as `__len__` says; nil: there is no such file.
  package var total: Int?

  /// The file that open_clip reads.
  package static let name = "sizes.json"
  /// The file that wids reads.
  package static let indexName = "index.json"
  private static let totalName = "__len__"

  package init(counts: [String: Int] = [:]) { self.counts = counts }

  /// Reads what a folder says; nothing if it says nothing.
  ///
  /// - Throws: ``DataError/unreadable(path:reason:)`` for a file that cannot be understood.
  package init(in folder: URL) throws(DataError) {
    // Many things are called so: what is no index of shards says nothing.
    let index = try? Self.document(folder.appending(path: Self.indexName), as: Index.self)
    if let index {
      for shard in index.shardlist {
        counts[URL(filePath: shard.url).lastPathComponent] = shard.nsamples
      }
    }
    if let sizes = try Self.document(folder.appending(path: Self.name), as: [String: Int].self) {
      counts.merge(sizes) { $1 }
    }
    total = try Self.document(folder.appending(path: Self.totalName), as: Int.self)
    if let wrong = counts.first(where: { $0.value < 0 }) {
      throw .unreadable(
        path: folder.path, reason: "its index gives \(wrong.key) \(wrong.value) samples")
    }
  }

  /// Writes `sizes.json`, and an index for wids; each appears when it is complete.
  ///
  /// - Throws: `FileError`.
  package func write(to folder: URL) throws(FileError) {
    let sorted = counts.sorted { $0.key < $1.key }
    let sizes = sorted.map { "\(PythonJSON.string($0.key)): \($0.value)" }
    let shards = sorted.map { "{\"url\": \(PythonJSON.string($0.key)), \"nsamples\": \($0.value)}" }
    try Self.write("{\(sizes.joined(separator: ", "))}", to: folder.appending(path: Self.name))
    try Self.write(
      """
      {"__kind__": "wids-shard-index-v1", "wids_version": 1, "name": \
      \(PythonJSON.string(folder.lastPathComponent)), "shardlist": [\(shards.joined(separator: ", "))]}
      """, to: folder.appending(path: Self.indexName))
  }

  private static func write(_ text: String, to url: URL) throws(FileError) {
    let file = try AtomicFile(url)
    try file.writeLine(text)
    try file.commit()
  }

  private struct Index: Decodable {
    struct Shard: Decodable {
      let url: String
      let nsamples: Int
    }
    let shardlist: [Shard]
  }

  /// A document that may be missing.
  private static func document<Value: Decodable>(
    _ url: URL, as type: Value.Type
  ) throws(DataError) -> Value? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    do {
      let text = try TextFile(url, maximumSize: 1 << 28)
      return try JSONDecoder().decode(type, from: text.json)
    } catch let error as FileError { throw DataError(error) } catch {
      throw .unreadable(
        path: url.path, reason: "it is not what its name says; remove it or mend it")
    }
  }
}
