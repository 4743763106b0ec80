public import CLIPModels

/// Vectors with the ids of what they describe.
public struct FeatureSet: Sendable {
  /// One id a vector.
  public let ids: [Int64]
  /// The vectors.
  public let embeddings: Embeddings

  /// Joins ids and vectors.
  ///
  /// - Throws: ``EvaluationError/invalidSetting(_:)`` if their numbers differ.
  public init(ids: [Int64], embeddings: Embeddings) throws(EvaluationError) {
    guard ids.count == embeddings.count else {
      throw EvaluationError.invalidSetting(
        "\(ids.count) ids were given for \(embeddings.count) features.")
    }
    self.ids = ids
    self.embeddings = embeddings
  }

  /// What every query finds in a gallery.
  ///
  /// - Parameters:
  ///   - gallery: what is searched.
  ///   - k: how many results; all of a gallery that has fewer.
  ///   - progress: called with the number of finished queries.
  /// - Returns: one ranking a query, best first.
  /// - Throws: ``EvaluationError``, and `TorchError` when the device fails.
  public func rankings(
    in gallery: FeatureSet, _ k: Int, progress: (Int) -> Void = { _ in }
  ) throws -> [Ranking] {
    let places = try NearestNeighbors(gallery.embeddings)
      .search(k, nearestTo: embeddings, progress: progress)
    return zip(ids, places).map { id, places in
      Ranking(query: id, results: places.map { gallery.ids[$0] })
    }
  }
}
