/// Puts pictures that look nearly the same together.
enum NearDuplicates {
  /// A picture and those that were folded into it.
  struct Group: Sendable {
    let best: ScoredPicture
    var others: [Int64] = []
  }

  /// Folds each picture into the first better one that it resembles.
  ///
  /// - Parameters:
  ///   - scored: Best first.
  ///   - threshold: The cosine from which two pictures count as one.
  ///   - view: Where their vectors are.
  /// - Returns: The best picture of each group, best first.
  /// - Throws: ``StaleView``, ``SearchError``.
  static func fold(
    _ scored: [ScoredPicture], threshold: Float, in view: any VectorView
  ) async throws -> [Group] {
    var groups: [Group] = []
    var kept: [[Float]] = []
    for start in stride(from: 0, to: scored.count, by: 512) {
      let some = scored[start..<min(start + 512, scored.count)]
      for (picture, vector) in zip(some, try await view.vectors(of: some.map(\.id))) {
        guard let vector else { continue }
        if let index = kept.firstIndex(where: { VectorCodec.dot($0, vector) >= threshold }) {
          groups[index].others.append(picture.id)
        } else {
          groups.append(Group(best: picture))
          kept.append(vector)
        }
      }
    }
    return groups
  }
}
