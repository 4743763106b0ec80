public import CLIPModels
import Threads

extension PictureLibrary {
  /// The pictures of one label.
  public struct LabelledPictures: Sendable {
    /// A picture, and how well the label fits.
    public struct Entry: Sendable, Hashable {
      /// The picture's number.
      public let id: Int64
      /// How near the label is.
      public let cosine: Float
      /// The label's share against sentences about pictures in general.
      public let probability: Float
    }

    /// How many pictures have this label.
    public internal(set) var count = 0
    /// The pictures that it fits best, best first.
    public internal(set) var best: [Entry] = []
  }

  /// From this share against sentences about pictures in general on a label is believed.
  public static let believedShare: Float = 0.5

  /// Gives every picture the label that fits it best, if one holds its own against sentences about
  /// pictures in general.
  ///
  /// - Parameters:
  ///   - classifier: labels and their vectors, of this library's model.
  ///   - filter: only pictures for which this holds.
  ///   - limit: how many pictures of each label are named; all are counted.
  /// - Returns: one entry a label, and the number of pictures that no label fits.
  /// - Throws: ``SearchError``, and what the model throws while it embeds the background sentences.
  public func sorted(
    by classifier: ZeroShotClassifier, where filter: PictureFilter? = nil, limit: Int
  ) async throws -> (labels: [LabelledPictures], unsorted: Int) {
    try await offloaded {
      let background = try await backgroundVectors()
      let general = try ZeroShotClassifier(
        labels: background.map { _ in "" },
        sentences: Embeddings(
          dimension: classifier.prompts.dimension, values: Array(background.joined())),
        ensemble: .meanSimilarity, scale: classifier.scale)
      return try await scanning(.picture, where: filter) { view in
        try check(view)
        let ids = try await view.ids()
        var labels = classifier.labels.map { _ in LabelledPictures() }
        var unsorted = 0
        // In portions, so that memory does not grow with the library.
        for start in stride(from: 0, to: ids.count, by: 1024) {
          try Task.checkCancellation()
          let some = Array(ids[start..<min(start + 1024, ids.count)])
          let vectors = zip(some, try await view.vectors(of: some)).compactMap { id, vector in
            vector.map { (id: id, vector: $0) }
          }
          let pictures = Embeddings(
            dimension: view.model.dimension, values: vectors.flatMap(\.vector))
          for ((scores, others), (id, _)) in zip(
            zip(try classifier(pictures), try general(pictures)), vectors)
          {
            let cosine = scores.cosines[scores.best]
            let probability = BackgroundPrompts.probability(
              of: cosine, against: others.cosines, scale: classifier.scale)
            guard probability >= Self.believedShare else {
              unsorted += 1
              continue
            }
            labels[scores.best].add(
              .init(id: id, cosine: cosine, probability: probability), limit: limit)
          }
        }
        return (labels.map { $0.trimmed(to: limit) }, unsorted)
      }
    }
  }
}

extension PictureLibrary.LabelledPictures {
  fileprivate mutating func add(_ entry: Entry, limit: Int) {
    count += 1
    best.append(entry)
    // Now and then, which is cheaper than keeping order.
    if best.count >= 2 * limit + 64 { self = trimmed(to: limit) }
  }

  fileprivate func trimmed(to limit: Int) -> Self {
    var copy = self
    copy.best.sort { $0.cosine != $1.cosine ? $0.cosine > $1.cosine : $0.id < $1.id }
    copy.best = Array(copy.best.prefix(limit))
    return copy
  }
}
