package import CLIPSearch
import Foundation
import Threads

extension MilvusStore {
  package func vectors(
    of kind: VectorKind, where filter: PictureFilter?
  ) async throws -> (any VectorView)? {
    try await calling {
      guard let model = try state.head().model else { return nil }
      let table = MilvusTable(channel, model, kind)
      // What is known of pictures is in the table of pictures, and of captions in theirs as well.
      return MilvusView(
        store: self, model: model, table: table,
        selection: try selection(filter, MilvusTable(channel, model, .picture)))
    }
  }
}

/// Vectors of a library in Milvus, ranked where they are.
struct MilvusView: VectorView {
  /// The most answers that Milvus gives to a query.
  private static let maximumHits = 16_384
  /// Equals may be cut anywhere: some more than wanted are sorted here.
  private static let margin = 16
  /// Numbers in one condition.
  private static let portion = 10_000

  let store: MilvusStore
  let model: StoredModel
  let table: MilvusTable
  let selection: MilvusStore.Selection

  func ids() async throws -> [Int64] {
    try await reading {
      var found: [Int64] = []
      var allowed: Set<Int64>?
      var condition = "has_vector == true"
      switch selection {
      case .condition(let text): if !text.isEmpty { condition += " and (\(text))" }
      case .numbers(let numbers): allowed = Set(numbers)
      }
      try store.scan(table, condition, fields: ["number"]) { rows, row in
        let number = rows.integer("number", row)
        if allowed?.contains(number) ?? true { found.append(number) }
        return true
      }
      return found
    }
  }

  func vectors(of ids: [Int64]) async throws -> [[Float]?] {
    try await reading {
      var condition = ""
      var wanted = ids
      switch selection {
      case .condition(let text): condition = text
      case .numbers(let numbers):
        let allowed = Set(numbers)
        wanted = ids.filter(allowed.contains)
      }
      var found: [Int64: [Float]] = [:]
      for start in stride(from: 0, to: wanted.count, by: 1_000) {
        let some = wanted[start..<min(start + 1_000, wanted.count)]
        let rows = try table.collection.query(
          "number in \(MilvusExpression.list(some))"
            + (condition.isEmpty ? "" : " and (\(condition))"),
          ["number", "has_vector", "vector"])
        for row in 0..<rows.count { found[rows.integer("number", row)] = rows.vector(row) }
      }
      return ids.map { found[$0] }
    }
  }

  func nearest(
    _ limit: Int, to queries: [[Float]], isExact: Bool
  ) async throws -> [[ScoredPicture]] {
    guard limit <= Self.maximumHits else {
      throw SearchError.invalidArgument(
        name: "the number of hits", value: "\(limit)", allowed: "1 to \(Self.maximumHits) in Milvus"
      )
    }
    return try await reading {
      let wanted = min(limit + Self.margin, Self.maximumHits)
      var found = [[ScoredPicture]](repeating: [], count: queries.count)
      for condition in conditions {
        let some = try table.collection.search(queries, where: condition, limit: wanted)
        for (query, hits) in some.enumerated() { found[query] += hits }
      }
      return found.map { Array($0.sorted(by: ScoredPicture.precedes).prefix(limit)) }
    }
  }

  /// The selection in conditions that are short enough; what each finds is put together.
  private var conditions: [String] {
    let has = "has_vector == true"
    switch selection {
    case .condition(let text): return [text.isEmpty ? has : "\(has) and (\(text))"]
    case .numbers(let numbers):
      return stride(from: 0, to: numbers.count, by: Self.portion).map { start in
        let some = numbers[start..<min(start + Self.portion, numbers.count)]
        return "\(has) and number in \(MilvusExpression.list(some))"
      }
    }
  }

  /// A table that is gone is one of a model that is used no more.
  private func reading<Result>(_ body: () throws -> Result) async throws -> Result {
    try await store.calling {
      do { return try body() } catch let error as SearchError {
        guard try store.state.head().model?.fingerprint != model.fingerprint else { throw error }
        throw StaleView()
      }
    }
  }
}
