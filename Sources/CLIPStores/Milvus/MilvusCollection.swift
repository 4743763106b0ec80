import CLIPSearch
import Foundation
import SwiftProtobuf

/// A collection of a Milvus server.
struct MilvusCollection {
  /// The most rows that Milvus gives at a time.
  static let maximumRows = 16_384

  let channel: MilvusChannel
  let name: String

  private var database: String { channel.address.database }
  /// Strong, or bounded staleness.
  private var consistency: Int32 { channel.address.isStrong ? 0 : 2 }

  private var request: Milvus_CollectionRequest {
    .with {
      $0.dbName = database
      $0.collectionName = name
    }
  }

  // MARK: The collection

  var exists: Bool {
    get throws {
      let answer: Milvus_BoolResponse = try channel.call("HasCollection", request) { $0.status }
      return answer.value
    }
  }

  /// Makes the collection with an index of its vectors, unless it is there, and loads it.
  func make(_ fields: [Milvus_FieldSchema], index: [String: String]) throws {
    // What is there already is no failure: others may make it at the same time.
    if try !exists {
      let schema = Milvus_CollectionSchema.with {
        $0.name = name
        $0.fields = fields
      }
      let schemaBytes = try schema.serializedData()
      try tolerating("exist") {
        try channel.call(
          "CreateCollection",
          Milvus_CreateCollectionRequest.with {
            $0.dbName = database
            $0.collectionName = name
            $0.schema = schemaBytes
            $0.shardsNum = 1
          })
      }
    }
    try tolerating("exist") {
      try channel.call(
        "CreateIndex",
        Milvus_CreateIndexRequest.with {
          $0.dbName = database
          $0.collectionName = name
          $0.fieldName = "vector"
          $0.extraParams = Self.pairs(index)
        })
    }
    try load()
  }

  private func tolerating(_ word: String, _ body: () throws -> Void) throws {
    do { try body() } catch let error as SearchError where error.description.contains(word) {}
  }

  /// Takes the collection into memory, and waits until it is.
  private func load() throws {
    try channel.call("LoadCollection", request)
    let deadline = ContinuousClock.now + .seconds(600)
    while ContinuousClock.now < deadline {
      let answer: Milvus_GetLoadStateResponse = try channel.call(
        "GetLoadState",
        Milvus_GetLoadStateRequest.with {
          $0.collectionName = name
          $0.dbName = database
        }
      ) { $0.status }
      if answer.state == 3 { return }
      Thread.sleep(forTimeInterval: 0.05)
    }
    throw SearchError.database(
      folder: channel.address.name, reason: "the collection \(name) is not loaded after 10 minutes")
  }

  func drop() throws { try channel.call("DropCollection", request) }

  // MARK: Rows

  /// Puts rows in, in place of those with the same keys.
  func upsert(_ columns: [Milvus_FieldData], count: Int) throws {
    guard count > 0 else { return }
    let _: Milvus_MutationResult = try loading {
      try channel.call(
        "Upsert",
        Milvus_InsertRequest.with {
          $0.dbName = database
          $0.collectionName = name
          $0.fieldsData = columns
          $0.numRows = UInt32(count)
        }
      ) { $0.status }
    }
  }

  func delete(_ keys: some Collection<String>) throws {
    guard !keys.isEmpty else { return }
    let _: Milvus_MutationResult = try loading {
      try channel.call(
        "Delete",
        Milvus_DeleteRequest.with {
          $0.dbName = database
          $0.collectionName = name
          $0.expr = "key in \(MilvusExpression.list(keys))"
        }
      ) { $0.status }
    }
  }

  /// Rows for which a condition holds, at most ``maximumRows``.
  func query(_ condition: String, _ fields: [String]) throws -> MilvusColumns {
    let answer: Milvus_QueryResults = try loading {
      try channel.call(
        "Query",
        Milvus_QueryRequest.with {
          $0.dbName = database
          $0.collectionName = name
          $0.expr = condition
          $0.outputFields = fields
          $0.queryParams =
            fields == ["count(*)"] ? [] : Self.pairs(["limit": "\(Self.maximumRows)"])
          $0.consistencyLevel = consistency
          // 1 leaves the moment to the level of consistency; 2 is bounded staleness.
          $0.guaranteeTimestamp = channel.address.isStrong ? 0 : 2
        }
      ) { $0.status }
    }
    return MilvusColumns(answer.fieldsData)
  }

  func count(_ condition: String) throws -> Int {
    Int(try query(condition, ["count(*)"]).integer("count(*)", 0))
  }

  /// The rows nearest to each query, best first.
  func search(
    _ queries: [[Float]], where condition: String, limit: Int
  ) throws -> [[ScoredPicture]] {
    var found = [[ScoredPicture]](repeating: [], count: queries.count)
    guard limit > 0, !queries.isEmpty else { return found }
    let group = Milvus_PlaceholderGroup.with {
      $0.placeholders = [
        .with {
          $0.tag = "$0"
          $0.type = 101
          $0.values = queries.map { query in
            query.reduce(into: Data(capacity: query.count * 4)) { data, number in
              withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
          }
        }
      ]
    }
    let placeholders = try group.serializedData()
    let answer: Milvus_SearchResults = try loading {
      try channel.call(
        "Search",
        Milvus_SearchRequest.with {
          $0.dbName = database
          $0.collectionName = name
          $0.dsl = condition
          $0.dslType = 1
          $0.placeholderGroup = placeholders
          $0.outputFields = ["number"]
          $0.nq = Int64(queries.count)
          $0.searchParams = Self.pairs([
            "anns_field": "vector", "topk": "\(limit)", "metric_type": "IP", "round_decimal": "-1",
            "params": channel.address.searchParameters,
          ])
          $0.consistencyLevel = consistency
          $0.guaranteeTimestamp = channel.address.isStrong ? 0 : 2
        }
      ) { $0.status }
    }
    let numbers = MilvusColumns(answer.results.fieldsData)
    var next = 0
    for (query, count) in answer.results.topks.enumerated() where query < found.count {
      for _ in 0..<Int(count) where next < answer.results.scores.count {
        found[query].append(
          ScoredPicture(id: numbers.integer("number", next), score: answer.results.scores[next]))
        next += 1
      }
    }
    return found
  }

  /// A server that was restarted may have to be told to take the collection into memory again.
  private func loading<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SearchError
      where error.description.localizedCaseInsensitiveContains("not loaded")
      || error.description.localizedCaseInsensitiveContains("is not load")
    {
      try load()
      return try body()
    }
  }

  private static func pairs(_ values: [String: String]) -> [Milvus_KeyValuePair] {
    values.sorted { $0.key < $1.key }.map { key, value in
      .with {
        $0.key = key
        $0.value = value
      }
    }
  }
}

extension Milvus_FieldSchema {
  /// A text of at most that many bytes.
  static func text(_ name: String, bytes: Int, isKey: Bool = false) -> Milvus_FieldSchema {
    .with {
      $0.name = name
      $0.dataType = .varchar
      $0.isPrimaryKey = isKey
      $0.typeParams = [.number("max_length", bytes)]
    }
  }

  static func other(_ name: String, _ type: Milvus_DataType) -> Milvus_FieldSchema {
    .with {
      $0.name = name
      $0.dataType = type
    }
  }

  static func texts(_ name: String, count: Int, bytes: Int) -> Milvus_FieldSchema {
    .with {
      $0.name = name
      $0.dataType = .array
      $0.elementType = .varchar
      $0.typeParams = [.number("max_capacity", count), .number("max_length", bytes)]
    }
  }

  static func vector(_ dimension: Int) -> Milvus_FieldSchema {
    .with {
      $0.name = "vector"
      $0.dataType = .floatVector
      $0.typeParams = [.number("dim", dimension)]
    }
  }
}

extension Milvus_KeyValuePair {
  fileprivate static func number(_ key: String, _ value: Int) -> Milvus_KeyValuePair {
    .with {
      $0.key = key
      $0.value = "\(value)"
    }
  }
}

extension Milvus_FieldData {
  static func integers(_ name: String, _ values: [Int64]) -> Milvus_FieldData {
    .with {
      $0.type = .int64
      $0.fieldName = name
      $0.scalars.longData.data = values
    }
  }

  static func texts(_ name: String, _ values: [String]) -> Milvus_FieldData {
    .with {
      $0.type = .varchar
      $0.fieldName = name
      $0.scalars.stringData.data = values
    }
  }

  static func bools(_ name: String, _ values: [Bool]) -> Milvus_FieldData {
    .with {
      $0.type = .bool
      $0.fieldName = name
      $0.scalars.boolData.data = values
    }
  }

  static func arrays(_ name: String, _ values: [[String]]) -> Milvus_FieldData {
    .with {
      $0.type = .array
      $0.fieldName = name
      $0.scalars.arrayData.elementType = .varchar
      $0.scalars.arrayData.data = values.map { texts in
        .with { $0.stringData.data = texts }
      }
    }
  }

  static func vectors(_ values: [[Float]], dimension: Int) -> Milvus_FieldData {
    .with {
      $0.type = .floatVector
      $0.fieldName = "vector"
      $0.vectors.dim = Int64(dimension)
      $0.vectors.floatVector.data = values.flatMap { $0 }
    }
  }
}
