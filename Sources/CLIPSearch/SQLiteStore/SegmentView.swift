import GRDB
import Synchronization
import Threads

extension SQLiteStore {
  package func vectors(
    of kind: VectorKind, where filter: PictureFilter?
  ) async throws -> (any VectorView)? {
    try await offloaded {
      guard let (snapshot, model) = try vectorStore(kind).snapshot() else { return nil }
      let ids = try filter.map { filter in
        try database.read { connection in
          try SQLRequest<Int64>(
            "SELECT id FROM pictures WHERE \(filter.sql(database.paths)) ORDER BY id"
          ).fetchAll(connection)
        }
      }
      return SegmentView(
        model: model, snapshot: snapshot, selections: snapshot.selections(of: ids),
        isWhole: ids == nil, store: vectorStore(kind))
    }
  }
}

/// Segments at one moment, and the slots of a filter's pictures in them.
private final class SegmentView: VectorView {
  let model: StoredModel
  private let snapshot: VectorSnapshot
  private let selections: [SlotSelection]
  /// Whether nothing was filtered out.
  private let isWhole: Bool
  private let store: VectorStore
  private let numbers = Mutex<[Int64]?>(nil)

  init(
    model: StoredModel, snapshot: VectorSnapshot, selections: [SlotSelection], isWhole: Bool,
    store: VectorStore
  ) {
    self.model = model
    self.snapshot = snapshot
    self.selections = selections
    self.isWhole = isWhole
    self.store = store
  }

  func ids() async throws -> [Int64] {
    try await reading {
      numbers.withLock { numbers in
        let found = numbers ?? snapshot.numbers(selections)
        numbers = found
        return found
      }
    }
  }

  func vectors(of ids: [Int64]) async throws -> [[Float]?] {
    try await reading { try ids.map { try snapshot.vector(of: $0) } }
  }

  func nearest(
    _ limit: Int, to queries: [[Float]], isExact: Bool
  ) async throws -> [[ScoredPicture]] {
    try await reading {
      guard queries.count == 1, let query = queries.first else {
        return try VectorScan.best(
          limit, forEach: queries, in: snapshot, selections: selections)
      }
      let approximate =
        isWhole && !isExact
        ? try snapshot.approximateSelections(for: query, limit: limit) : nil
      return [
        try VectorScan.best(
          limit, for: query, in: snapshot, selections: approximate ?? selections)
      ]
    }
  }

  /// Reads segments; a file that turns out to be damaged is thrown away, and made again for the next
  /// view.
  private func reading<Result>(_ body: () throws -> Result) async throws -> Result {
    try await offloaded {
      do {
        let result = try body()
        // What was cut off meanwhile was read as zeros.
        try snapshot.checkFiles()
        return result
      } catch is DamagedSegment {
        store.discard("is damaged")
        throw StaleView()
      }
    }
  }
}

extension VectorSnapshot {
  /// The picture numbers of all selected slots, in ascending order.
  fileprivate func numbers(_ selections: [SlotSelection]) -> [Int64] {
    var numbers: [Int64] = []
    for (part, selection) in zip(parts, selections) {
      switch selection {
      case .only(let slots): numbers += slots.map { part.segment.ids[Int($0)] }
      case .all, .allBut:
        for slot in 0..<part.segment.count where !part.dead.contains(slot) {
          numbers.append(part.segment.ids[slot])
        }
      }
    }
    return numbers.sorted()
  }
}
