package import CLIPSearch
import Foundation
import SwiftProtobuf
import Synchronization
import Threads

/// The store of a library in a Milvus server or cluster.
///
/// Milvus has no transactions, no unique names and no order: pictures are named by their paths, numbers
/// are handed out in blocks, and every change may be done twice.
package final class MilvusStore: PictureStore {
  /// The kind with the scheme `milvus`.
  package static let kind = StoreKind(scheme: "milvus") { address in
    try await withTaskExecutorPreference(threads) { try MilvusStore(address) }
  }
  /// Waiting for a server needs many threads and little of the processor.
  private static let threads = DedicatedThreads(label: "cnclip.milvus", count: 32)

  /// Numbers that are this process's to give.
  private struct Numbers {
    var next: Int64 = 0
    var end: Int64 = 0
    /// How many are asked for the next time: more the more are used.
    var block: Int64 = 64
  }

  let channel: MilvusChannel
  let state: MilvusState
  let paths: LibraryPaths
  package let isReadOnly = false
  private let numbers = Mutex(Numbers())
  private let facetCache = Mutex<
    (facets: MilvusFacets, generation: Int64, until: ContinuousClock.Instant)?
  >(nil)

  private init(_ address: StoreAddress) throws {
    channel = MilvusChannel(try MilvusAddress(address.text))
    paths = LibraryPaths(folder: address.folder)
    state = MilvusState(
      collection: MilvusCollection(channel: channel, name: channel.address.collection))
    // A wrong address is said at once.
    let _: Milvus_GetVersionResponse = try channel.call(
      "GetVersion", Milvus_GetVersionRequest(), isPatient: false
    ) { $0.status }
    guard try state.collection.exists || address.isCreating else {
      throw SearchError.noLibrary(folder: channel.address.name)
    }
    try state.make()
  }

  package var name: String { channel.address.name }

  /// Calls the server, away from Swift's cooperative pool.
  func calling<Result>(_ body: () throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(Self.threads) { try body() }
  }

  /// The table of pictures; `nil` while there is no model.
  func pictures() throws -> MilvusTable? {
    try state.head().model.map { MilvusTable(channel, $0, .picture) }
  }

  package func head() async throws -> StoreHead { try await calling { try state.head() } }

  package func checkHealth() async throws { _ = try await head() }

  package func statistics() async throws -> LibraryStatistics {
    try await calling {
      let head = try state.head()
      let table = head.model.map { MilvusTable(channel, $0, .picture) }
      let facets = try facets()
      func count(_ table: MilvusTable?, _ condition: String) throws -> Int {
        try table?.collection.count(condition) ?? 0
      }
      return LibraryStatistics(
        pictures: try count(table, ""), vectors: try count(table, "has_vector == true"),
        captions: try count(table, "caption != \"\""), tags: facets.tags.count,
        failures: try state.collection.count("kind == \"failure\""), pictureBytes: facets.bytes,
        databaseBytes: 0, model: head.model?.name, modelSource: head.model?.source,
        fingerprint: head.model?.fingerprint, dimension: head.model?.dimension ?? 0,
        reembedding: try head.pending.map {
          .init(
            model: $0.name,
            done: try count(MilvusTable(channel, $0, .picture), "has_vector == true"))
        })
    }
  }

  /// A number for a new picture.
  func nextNumber() throws -> Int64 {
    if let number = take() { return number }
    try state.exclusively {
      let block = numbers.withLock(\.block)
      let first = try state.reserve(block)
      numbers.withLock {
        $0 = Numbers(next: first, end: first + block, block: min(4_096, block * 2))
      }
    }
    return try take() ?? nextNumber()
  }

  private func take() -> Int64? {
    numbers.withLock { numbers in
      guard numbers.next < numbers.end else { return nil }
      defer { numbers.next += 1 }
      return numbers.next
    }
  }

  /// Folders and tags of all pictures.
  ///
  /// All rows are looked at. Where that takes long, the answer is kept for some time, whatever changes.
  func facets() throws -> MilvusFacets {
    let start = ContinuousClock.now
    let generation = try state.head().generation
    let known = facetCache.withLock { $0 }
    if let known, known.generation == generation || known.until > start { return known.facets }
    var facets = MilvusFacets()
    var folders: [[UInt8]: (String, Int)] = [:]
    var tags: [[UInt8]: (String, Int)] = [:]
    if let table = try pictures() {
      try scan(table, "", fields: ["number", "folder", "tags", "size"]) { rows, row in
        let folder = rows.text("folder", row)
        folders[Array(folder.utf8), default: (folder, 0)].1 += 1
        for tag in rows.texts("tags", row) { tags[Array(tag.utf8), default: (tag, 0)].1 += 1 }
        facets.bytes += rows.integer("size", row)
        return true
      }
    }
    facets.folders = folders.values.map { ($0.0, $0.1) }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    facets.tags = tags.values.map { ($0.0, $0.1) }.sorted {
      $0.count != $1.count
        ? $0.count > $1.count : $0.tag.utf8.lexicographicallyPrecedes($1.tag.utf8)
    }
    let duration = ContinuousClock.now - start
    let until = ContinuousClock.now + (duration > .seconds(1) ? duration * 20 : .zero)
    facetCache.withLock { [facets] in $0 = (facets, generation, until) }
    return facets
  }

  /// Walks through the rows for which a condition holds, in order of their numbers.
  ///
  /// - Parameters:
  ///   - table: Whose rows.
  ///   - condition: Empty for all.
  ///   - fields: What is asked for; with `number`.
  ///   - range: The numbers looked at, without the last.
  ///   - isDescending: Whether the greatest come first.
  ///   - body: Gets an answer and the place of a row in it; returns whether to go on.
  /// - Throws: `SearchError`.
  func scan(
    _ table: MilvusTable, _ condition: String, fields: [String],
    range: Range<Int64>? = nil, isDescending: Bool = false,
    _ body: (MilvusColumns, Int) throws -> Bool
  ) throws {
    let range = try range ?? 0..<max(1, state.end())
    let width = Int64(MilvusCollection.maximumRows)
    var windows: [Range<Int64>] = []
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(width)) {
      windows.append(start..<min(start + width, range.upperBound))
    }
    if isDescending { windows.reverse() }
    for window in windows {
      try Task.checkCancellation()
      let rows = try table.collection.query(
        "number >= \(window.lowerBound) and number < \(window.upperBound)"
          + (condition.isEmpty ? "" : " and (\(condition))"), fields)
      let order = (0..<rows.count).sorted {
        let (left, right) = (rows.integer("number", $0), rows.integer("number", $1))
        return isDescending ? left > right : left < right
      }
      for row in order {
        guard try body(rows, row) else { return }
      }
    }
  }

  /// Milvus looks after its segments itself; what is still in memory is written to its files.
  package func compact() async throws {
    try await calling {
      let head = try state.head()
      let names = [head.model, head.pending].compactMap { $0 }.flatMap { model in
        VectorKind.allCases.map { MilvusTable(channel, model, $0).collection.name }
      }
      let _: Milvus_FlushResponse = try channel.call(
        "Flush",
        Milvus_FlushRequest.with {
          $0.dbName = channel.address.database
          $0.collectionNames = names + [state.collection.name]
        }
      ) { $0.status }
    }
  }

  package func rebuild() async throws { facetCache.withLock { $0 = nil } }
}
