import CLIPSearch
import Foundation

/// What a library keeps besides pictures: a collection of names and values.
struct MilvusState {
  /// What an entry is about.
  enum Kind: String {
    case head
    case generation
    case numbers
    case lock
    case failure
    case forgotten
    case folder
    case prompt
  }

  /// A name with its value.
  struct Entry {
    let kind: Kind
    /// What tells it from others of its kind.
    let name: String
    let value: String

    var key: String { "\(kind.rawValue):\(MilvusRow.key(name))" }
    /// Spreads the entries of a kind over parts that are small enough to be asked for.
    var part: Int64 { Int64(MilvusRow.key(name).prefix(2), radix: 16) ?? 0 }
  }

  /// Time that a writer waits between saying that it wants the lock and looking who has it, and the
  /// most that saying so may take.
  private static let courtesy: (wait: Duration, limit: Duration) =
    (.milliseconds(600), .milliseconds(400))
  /// A lock that has been in the same hands so long belongs to nobody any more.
  private static let staleness: Duration = .seconds(20)

  let collection: MilvusCollection

  func make() throws {
    try collection.make(
      [
        .text("key", bytes: 64, isKey: true), .text("kind", bytes: 32), .other("part", .int64),
        .text("name", bytes: 65_535), .text("value", bytes: 65_535), .vector(2),
      ], index: ["index_type": "FLAT", "metric_type": "IP", "params": "{}"])
  }

  // MARK: Entries

  func put(_ entries: [Entry]) throws {
    for start in stride(from: 0, to: entries.count, by: 500) {
      let some = entries[start..<min(start + 500, entries.count)]
      try collection.upsert(
        [
          .texts("key", some.map(\.key)), .texts("kind", some.map(\.kind.rawValue)),
          .integers("part", some.map(\.part)), .texts("name", some.map(\.name)),
          .texts("value", some.map(\.value)),
          .vectors(some.map { _ in [0, 0] }, dimension: 2),
        ], count: some.count)
    }
  }

  /// The entry of a kind of which there is one.
  func value(_ kind: Kind) throws -> String? {
    let found = try collection.query(
      "key == \(MilvusExpression.quoted(Entry(kind: kind, name: "", value: "").key))", ["value"])
    return found.count > 0 ? found.text("value", 0) : nil
  }

  /// Entries of a kind with these names.
  func entries(_ kind: Kind, named names: [String]) throws -> [Entry] {
    try stride(from: 0, to: names.count, by: 1_000).flatMap { start in
      let keys = names[start..<min(start + 1_000, names.count)].map {
        Entry(kind: kind, name: $0, value: "").key
      }
      return try entries(kind, "key in \(MilvusExpression.list(keys))")
    }
  }

  /// All entries of a kind.
  func entries(_ kind: Kind) throws -> [Entry] {
    let condition = "kind == \"\(kind.rawValue)\""
    if try collection.count(condition) < MilvusCollection.maximumRows {
      return try entries(kind, condition)
    }
    return try (0..<256).flatMap { try entries(kind, "\(condition) and part == \($0)") }
  }

  private func entries(_ kind: Kind, _ condition: String) throws -> [Entry] {
    let found = try collection.query(condition, ["name", "value"])
    return (0..<found.count).map {
      Entry(kind: kind, name: found.text("name", $0), value: found.text("value", $0))
    }
  }

  func remove(_ kind: Kind, named names: [String]) throws {
    try collection.delete(names.map { Entry(kind: kind, name: $0, value: "").key })
  }

  // MARK: Taking turns

  /// Runs what only one writer may do at a time.
  ///
  /// Milvus compares nothing before it writes, but it writes and reads in one order (with strong
  /// consistency). So a writer notes that it wants the lock, waits for longer than any other may have
  /// taken to do the same, and has it if its note still stands (Fischer's algorithm). A note that took
  /// too long is none.
  func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
    let me = UUID().uuidString
    var (holder, since) = ("", ContinuousClock.now)
    while true {
      try Task.checkCancellation()
      let current = try value(.lock) ?? ""
      if current != holder { (holder, since) = (current, .now) }
      if !current.isEmpty, ContinuousClock.now - since < Self.staleness {
        Thread.sleep(forTimeInterval: 0.1)
        continue
      }
      let start = ContinuousClock.now
      try put([Entry(kind: .lock, name: "", value: me)])
      let isPrompt = ContinuousClock.now - start < Self.courtesy.limit
      Thread.sleep(forTimeInterval: Self.courtesy.wait / .seconds(1))
      guard isPrompt, try value(.lock) == me else { continue }
      // What comes after a failure here finds the lock stale.
      let result = try body()
      try put([Entry(kind: .lock, name: "", value: "")])
      return result
    }
  }

  /// The first of some numbers that nobody else gets.
  ///
  /// To be called by who has the lock.
  func reserve(_ count: Int64) throws -> Int64 {
    let next = try Int64(value(.numbers) ?? "") ?? 1
    try put([Entry(kind: .numbers, name: "", value: "\(next + count)")])
    return next
  }

  /// No picture has this number or a greater one.
  func end() throws -> Int64 { try Int64(value(.numbers) ?? "") ?? 1 }

  // MARK: The head

  func head() throws -> StoreHead {
    let keys = [Kind.head, .generation].map { Entry(kind: $0, name: "", value: "").key }
    let found = try collection.query("key in \(MilvusExpression.list(keys))", ["kind", "value"])
    var head = StoreHead(model: nil, pending: nil, generation: 0)
    for row in 0..<found.count {
      let value = found.text("value", row)
      if found.text("kind", row) == Kind.generation.rawValue {
        head.generation = Int64(value) ?? 0
      } else {
        let models = try decoded(value)
        head.model = models.model?.stored
        head.pending = models.pending?.stored
      }
    }
    return head
  }

  func put(_ head: StoreHead) throws {
    let models = Models(
      model: head.model.map(Models.Model.init), pending: head.pending.map(Models.Model.init))
    let value = String(decoding: try JSONEncoder().encode(models), as: UTF8.self)
    try put([Entry(kind: .head, name: "", value: value)])
  }

  /// Notes that vectors have changed.
  func advance() throws {
    let time = Date.now.timeIntervalSince1970 * 1_000_000
    try put([Entry(kind: .generation, name: "", value: "\(Int64(time))")])
  }

  private func decoded(_ value: String) throws -> Models {
    do { return try JSONDecoder().decode(Models.self, from: Data(value.utf8)) } catch {
      throw SearchError.database(
        folder: collection.channel.address.name, reason: "its entry 'head' cannot be read")
    }
  }

  /// The models as they are written down.
  private struct Models: Codable {
    struct Model: Codable {
      var name: String
      var fingerprint: String
      var dimension: Int
      var source: String?

      init(_ model: StoredModel) {
        (name, fingerprint) = (model.name, model.fingerprint)
        (dimension, source) = (model.dimension, model.source)
      }

      var stored: StoredModel {
        StoredModel(name: name, fingerprint: fingerprint, dimension: dimension, source: source)
      }
    }

    var model: Model?
    var pending: Model?
  }
}
