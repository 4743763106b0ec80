public import CLIPData

/// Which answers are right for which queries.
public struct RetrievalReference: Sendable, Equatable {
  /// What is looked for with what.
  public let direction: RetrievalDirection
  /// The queries in order, each with its right answers; a query without any counts as never answered.
  public let queries: [Ranking]

  /// Makes a reference.
  ///
  /// Of lines with the same query the last one counts, as in the original's dictionary.
  public init(direction: RetrievalDirection, _ rankings: [Ranking]) {
    self.direction = direction
    var places: [Int64: Int] = [:]
    var queries: [Ranking] = []
    for ranking in rankings {
      if let place = places[ranking.query] {
        queries[place] = ranking
      } else {
        places[ranking.query] = queries.count
        queries.append(ranking)
      }
    }
    self.queries = queries
  }

  /// The pictures that captions describe.
  public init(_ captions: [Caption]) {
    self.init(
      direction: .textToImage,
      captions.map { Ranking(query: $0.textID, results: $0.imageIDs) })
  }

  /// The other direction: each answer becomes a query, in the order of first appearance.
  ///
  /// It finds what it answered. Things that answer nothing are left out, so never asked (the original's
  /// `transform_ir_annotation_to_tr.py`).
  public func inverted() -> RetrievalReference {
    RetrievalReference(direction: direction.reversed, queries.inverted())
  }
}

extension [Ranking] {
  /// Each result becomes a query, in the order of first appearance, and finds what found it.
  public func inverted() -> [Ranking] {
    var order: [Int64] = []
    var answers: [Int64: [Int64]] = [:]
    for ranking in self {
      for result in ranking.results {
        if answers[result] == nil { order.append(result) }
        answers[result, default: []].append(ranking.query)
      }
    }
    return order.map { Ranking(query: $0, results: answers[$0] ?? []) }
  }
}
