import CLIPModels
import Foundation
import GRDB
import Threads

extension PictureLibrary {
  /// The most hits that one search gives.
  public static let maximumHits = 100_000

  /// The pictures that answer a query, best first; of equals the one that came in first.
  ///
  /// The answer is exact: no picture with a higher cosine is missing, unless an approximate index
  /// was made with ``buildApproximateIndex(recall:lists:progress:)``. Reading and scanning are done
  /// on threads of the library's own, not on Swift's pool.
  ///
  /// - Throws: ``SearchError`` for a query that makes no sense, and whatever the model throws.
  public func search(_ query: SearchQuery) async throws -> [SearchHit] {
    try Self.check(query)
    return try await offloaded { try await answer(query) }
  }

  private func answer(_ query: SearchQuery) async throws -> [SearchHit] {
    let vector = try await QueryComposer(library: self).vector(of: query)
    // A query must not compete with itself: "动物" is one of the prompts.
    let background =
      query.hasText && query.target == .pictures
      ? try await backgroundVectors().filter { VectorCodec.dot($0, vector) < 0.95 } : []
    let own = Set(
      query.terms.compactMap { if case .picture(let id) = $0.content { id } else { nil } })
    let kind: VectorKind = query.target == .pictures ? .picture : .caption
    return try scanning(kind) { snapshot in
      let ids = try query.filter.map { try pictureNumbers(where: $0) }
      let depth = query.offset + query.limit + own.count
      let isApproximate =
        ids == nil && !query.isExact && query.foldingThreshold == nil
      let selections =
        try isApproximate
        ? snapshot.approximateSelections(for: vector, limit: depth) ?? snapshot.selections(of: nil)
        : snapshot.selections(of: ids)
      let ranking = try rank(query, vector, snapshot, selections, leavingOut: own)
      return try hits(ranking, snapshot: kind == .picture ? snapshot : nil, background: background)
    }
  }

  /// Numbers of the pictures for which a filter holds, ascending.
  func pictureNumbers(where filter: PictureFilter) throws -> [Int64] {
    let paths = database.paths
    return try database.read { database in
      try SQLRequest<Int64>("SELECT id FROM pictures WHERE \(filter.sql(paths)) ORDER BY id")
        .fetchAll(database)
    }
  }

  private static func check(_ query: SearchQuery) throws {
    guard (1...maximumHits).contains(query.limit) else {
      throw SearchError.invalidArgument(
        name: "the number of hits", value: "\(query.limit)", allowed: "1 to \(maximumHits)")
    }
    guard (0...maximumHits).contains(query.offset) else {
      throw SearchError.invalidArgument(
        name: "the offset", value: "\(query.offset)", allowed: "0 to \(maximumHits)")
    }
  }

  /// The scored pictures of the page that was asked for, near-duplicates folded.
  private func rank(
    _ query: SearchQuery, _ vector: [Float], _ snapshot: VectorSnapshot,
    _ selections: [SlotSelection], leavingOut own: Set<Int64>
  ) throws -> [NearDuplicates.Group] {
    let wanted = query.offset + query.limit
    var depth = wanted + own.count
    while true {
      let found = try VectorScan.best(depth, for: vector, in: snapshot, selections: selections)
      var scored = found.filter { !own.contains($0.id) }
      if let minimum = query.minimumCosine { scored.removeAll { $0.score < minimum } }
      var groups = scored.map { NearDuplicates.Group(best: $0) }
      if let threshold = query.foldingThreshold {
        groups = try NearDuplicates.fold(scored, threshold: threshold, in: snapshot)
      }
      // Folding leaves fewer than asked for: look deeper while there is more.
      let exhausted = found.count < depth || scored.count < found.count - own.count
      if groups.count >= wanted || exhausted || query.foldingThreshold == nil {
        return Array(groups.dropFirst(query.offset).prefix(query.limit))
      }
      depth *= 2
    }
  }

  private func hits(
    _ groups: [NearDuplicates.Group], snapshot: VectorSnapshot?, background: [[Float]]
  ) throws -> [SearchHit] {
    let scale = model?.logitScale ?? 1
    let pictures = try pictures(groups.map(\.best.id))
    let byNumber = Dictionary(pictures.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return try groups.compactMap { group in
      // A picture that another process has just deleted is no hit.
      guard let picture = byNumber[group.best.id] else { return nil }
      var probability: Float?
      if !background.isEmpty, let vector = try snapshot?.vector(of: picture.id) {
        probability = BackgroundPrompts.probability(
          of: group.best.score, against: background.map { VectorCodec.dot($0, vector) },
          scale: scale)
      }
      return SearchHit(
        id: picture.id, path: picture.path, cosine: min(1, max(-1, group.best.score)),
        probability: probability, caption: picture.caption, tags: picture.tags,
        width: picture.width, height: picture.height, size: picture.size, taken: picture.taken,
        camera: picture.camera, folded: group.others)
    }
  }
}

extension SearchQuery {
  /// Whether a text takes part, so that background prompts are something to compare with.
  var hasText: Bool {
    terms.contains { if case .text = $0.content { true } else { false } }
  }
}
