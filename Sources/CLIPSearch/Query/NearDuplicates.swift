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
  ///   - snapshot: Where their vectors are.
  /// - Returns: The best picture of each group, best first.
  /// - Throws: ``DamagedSegment``.
  static func fold(
    _ scored: [ScoredPicture], threshold: Float, in snapshot: VectorSnapshot
  ) throws -> [Group] {
    var groups: [Group] = []
    var vectors: [[Float]] = []
    for picture in scored {
      guard let vector = try snapshot.vector(of: picture.id) else { continue }
      if let index = vectors.firstIndex(where: { VectorCodec.dot($0, vector) >= threshold }) {
        groups[index].others.append(picture.id)
      } else {
        groups.append(Group(best: picture))
        vectors.append(vector)
      }
    }
    return groups
  }
}
