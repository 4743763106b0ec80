/// Where a store stands.
package struct StoreHead: Sendable, Equatable {
  /// What made the vectors; `nil` before the first.
  package var model: StoredModel?
  /// The model that the store is being changed to.
  package var pending: StoredModel?
  /// Rises with each write that changes vectors.
  package var generation: Int64

  package init(model: StoredModel?, pending: StoredModel?, generation: Int64) {
    self.model = model
    self.pending = pending
    self.generation = generation
  }

  /// Refuses a model whose vectors cannot be compared with the store's.
  ///
  /// - Throws: ``SearchError``.
  package func check(_ offered: StoredModel, in store: String) throws(SearchError) {
    guard (1...SegmentLayout.maximumDimension).contains(offered.dimension) else {
      throw .invalidArgument(
        name: "the model's embedding dimension", value: "\(offered.dimension)",
        allowed: "1 to \(SegmentLayout.maximumDimension)")
    }
    guard let model else { return }
    guard model.fingerprint == offered.fingerprint else {
      throw .otherModel(folder: store, library: model.title, offered: offered.title)
    }
    guard model.dimension == offered.dimension else {
      throw .dimension(
        expected: model.dimension, found: offered.dimension, what: "The model '\(offered.name)'")
    }
  }
}

/// What a store keeps of a model.
package struct StoredModel: Sendable, Equatable {
  package var name: String
  /// Differs between any two models whose vectors must not be mixed.
  package var fingerprint: String
  /// The length of its vectors.
  package var dimension: Int
  /// What the person who indexed wrote to name it; `nil` leaves what is kept.
  package var source: String?

  package init(name: String, fingerprint: String, dimension: Int, source: String?) {
    self.name = name
    self.fingerprint = fingerprint
    self.dimension = dimension
    self.source = source
  }

  /// Name and the beginning of the fingerprint, for messages.
  package var title: String { "'\(name)' (\(fingerprint.prefix(12)))" }
}
