/// Vectors of a store to be searched: those of one kind, and of the pictures for which a filter holds.
///
/// Where a store can, it shows one moment, whatever is written meanwhile.
package protocol VectorView: Sendable {
  /// What made the vectors.
  var model: StoredModel { get }
  /// Numbers of the pictures, rising.
  func ids() async throws -> [Int64]
  /// The unit vectors of pictures of the view, in the order of their numbers; `nil` for others.
  func vectors(of ids: [Int64]) async throws -> [[Float]?]
  /// The pictures that are nearest to each query, best first; of equals the one with the smaller
  /// number first.
  ///
  /// - Parameters:
  ///   - limit: How many at most for each query.
  ///   - queries: Unit vectors.
  ///   - isExact: Whether none may be missed. Without it, a store that has an approximate index may
  ///     use that.
  /// - Returns: Pictures with their cosines, for each query.
  /// - Throws: ``StaleView``, ``SearchError``.
  func nearest(
    _ limit: Int, to queries: [[Float]], isExact: Bool
  ) async throws -> [[ScoredPicture]]
}

/// A view cannot be read any more; the next one that the store gives can.
package struct StaleView: Error {
  package init() {}
}

/// A picture number and the exact score of its vector.
package struct ScoredPicture: Sendable, Equatable {
  package let id: Int64
  package let score: Float

  package init(id: Int64, score: Float) {
    self.id = id
    self.score = score
  }

  /// Best first; the older picture first among equals.
  package static func precedes(_ left: ScoredPicture, _ right: ScoredPicture) -> Bool {
    left.score != right.score ? left.score > right.score : left.id < right.id
  }
}

/// The two families of vectors in a library.
package enum VectorKind: Int, Sendable, CaseIterable {
  case picture = 0
  case caption = 1
}
