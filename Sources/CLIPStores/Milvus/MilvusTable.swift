import CLIPSearch
import Foundation

/// The vectors of one kind and one model, each with all that filters ask of its picture.
///
/// The table of pictures has a row for every picture, that of captions for those whose caption has a
/// vector. A change of model has tables of its own, which become the library's at the end.
struct MilvusTable {
  /// Rows that are sent at a time: with long captions they come to some MB.
  private static let portion = 500

  let collection: MilvusCollection
  let dimension: Int

  init(_ channel: MilvusChannel, _ model: StoredModel, _ kind: VectorKind) {
    let mark = MilvusRow.key(model.fingerprint).prefix(12)
    collection = MilvusCollection(
      channel: channel,
      name: channel.address.collection + (kind == .picture ? "_pictures_" : "_captions_") + mark)
    dimension = model.dimension
  }

  func make() throws {
    let address = collection.channel.address
    try collection.make(
      [.text("key", bytes: 64, isKey: true)] + MilvusRow.numbers.map { .other($0, .int64) }
        + MilvusRow.texts.map { .text($0.name, bytes: $0.bytes) }
        + [
          .texts("tags", count: 1_024, bytes: 1_024), .other("has_vector", .bool),
          .vector(dimension),
        ],
      index: [
        "index_type": address.index, "metric_type": "IP",
        "params": address.buildParameters,
      ])
  }

  func upsert(_ rows: [MilvusRow]) throws {
    for start in stride(from: 0, to: rows.count, by: Self.portion) {
      let some = rows[start..<min(start + Self.portion, rows.count)]
      for (name, bytes) in MilvusRow.texts {
        guard let row = some.first(where: { $0.text(name).utf8.count > bytes }) else { continue }
        throw SearchError.unsupported(
          store: collection.channel.address.name,
          what: "A \(name) of more than \(bytes) bytes (\(row.path.prefix(80)))")
      }
      guard
        some.allSatisfy({ $0.tags.count <= 1_024 && $0.tags.allSatisfy { $0.utf8.count <= 1_024 } })
      else {
        throw SearchError.unsupported(
          store: collection.channel.address.name, what: "More than 1,024 tags, or bytes of a tag,")
      }
      let zeros = [Float](repeating: 0, count: dimension)
      try collection.upsert(
        [.texts("key", some.map(\.key))]
          + MilvusRow.numbers.map { name in .integers(name, some.map { $0.integer(name) }) }
          + MilvusRow.texts.map { name, _ in .texts(name, some.map { $0.text(name) }) }
          + [
            .arrays("tags", some.map(\.tags)), .bools("has_vector", some.map { $0.vector != nil }),
            .vectors(some.map { $0.vector ?? zeros }, dimension: dimension),
          ], count: some.count)
    }
  }

  /// Rows for which a condition holds, at most 16,384.
  func rows(_ condition: String, withVectors: Bool) throws -> [MilvusRow] {
    try collection.query(condition, MilvusRow.fields + (withVectors ? ["vector"] : [])).rows
  }

  /// Rows with these keys, or with these numbers.
  func rows(keys: [String], withVectors: Bool) throws -> [MilvusRow] {
    try portions(keys) { try rows("key in \(MilvusExpression.list($0))", withVectors: withVectors) }
  }

  func rows(numbers: [Int64], withVectors: Bool) throws -> [MilvusRow] {
    try portions(numbers) {
      try rows("number in \(MilvusExpression.list($0))", withVectors: withVectors)
    }
  }

  private func portions<Element>(
    _ all: [Element], _ body: ([Element]) throws -> [MilvusRow]
  ) throws -> [MilvusRow] {
    try stride(from: 0, to: all.count, by: 1_000).flatMap {
      try body(Array(all[$0..<min($0 + 1_000, all.count)]))
    }
  }
}
