import CLIPModels
import Foundation
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
    return try await scanning(kind, where: query.filter) { view in
      try check(view)
      let ranking = try await rank(query, vector, view, leavingOut: own)
      return try await hits(
        ranking, in: kind == .picture ? view : nil, background: background)
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
    _ query: SearchQuery, _ vector: [Float], _ view: any VectorView, leavingOut own: Set<Int64>
  ) async throws -> [NearDuplicates.Group] {
    let wanted = query.offset + query.limit
    let isExact = query.isExact || query.foldingThreshold != nil
    var depth = wanted + own.count
    while true {
      let found = try await view.nearest(depth, to: [vector], isExact: isExact).first ?? []
      var scored = found.filter { !own.contains($0.id) }
      if let minimum = query.minimumCosine { scored.removeAll { $0.score < minimum } }
      var groups = scored.map { NearDuplicates.Group(best: $0) }
      if let threshold = query.foldingThreshold {
        groups = try await NearDuplicates.fold(scored, threshold: threshold, in: view)
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
    _ groups: [NearDuplicates.Group], in view: (any VectorView)?, background: [[Float]]
  ) async throws -> [SearchHit] {
    let scale = model?.logits ?? LogitScale(multiplier: 1)
    let ids = groups.map(\.best.id)
    let pictures = try await pictures(ids)
    let byNumber = Dictionary(pictures.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let vectors =
      background.isEmpty ? [] : try await view?.vectors(of: ids) ?? []
    return groups.enumerated().compactMap { index, group in
      // A picture that another process has just deleted is no hit.
      guard let picture = byNumber[group.best.id] else { return nil }
      var probability: Float?
      if index < vectors.count, let vector = vectors[index] {
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
