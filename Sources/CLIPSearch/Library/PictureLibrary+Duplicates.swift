import Threads

extension PictureLibrary {
  /// Pictures that look nearly the same.
  public struct DuplicateGroup: Sendable, Codable, Equatable {
    /// The pictures, the largest first.
    public var pictures: [Picture]
    /// The smallest cosine between the first and another.
    public var similarity: Float
  }

  /// Groups of pictures whose cosine with another of their group reaches a threshold.
  ///
  /// Every pair is looked at: the result is exact. Of groups that hang together by a chain, each
  /// picture is near to at least one other.
  ///
  /// - Parameters:
  ///   - threshold: The cosine from which two pictures count as the same, `0.5...1`.
  ///   - filter: Only pictures for which this holds.
  ///   - neighbours: How many of each picture's nearest are looked at.
  ///   - progress: Called with the pictures done and the number of all.
  /// - Returns: Largest groups first.
  /// - Throws: ``SearchError`` for a threshold outside of its range or an empty library.
  public func duplicates(
    threshold: Float = 0.97, where filter: PictureFilter? = nil, neighbours: Int = 50,
    progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> [DuplicateGroup] {
    guard (0.5...1).contains(threshold) else {
      throw SearchError.invalidArgument(
        name: "the similarity", value: "\(threshold)", allowed: "0.5 to 1")
    }
    return try await offloaded {
      try await scanning(.picture, where: filter) { view in
        let sets = try await similar(threshold, neighbours, in: view, progress)
        var groups: [DuplicateGroup] = []
        for ids in sets { groups.append(try await group(ids, in: view)) }
        return groups.sorted {
          $0.pictures.count != $1.pictures.count
            ? $0.pictures.count > $1.pictures.count
            : ($0.pictures.first?.id ?? 0) < ($1.pictures.first?.id ?? 0)
        }
      }
    }
  }

  /// Numbers of pictures that hang together.
  private func similar(
    _ threshold: Float, _ neighbours: Int, in view: any VectorView,
    _ progress: (Int, Int) -> Void
  ) async throws -> [[Int64]] {
    let members = try await view.ids()
    var groups = DisjointSets()
    for start in stride(from: 0, to: members.count, by: 256) {
      try Task.checkCancellation()
      let end = min(start + 256, members.count)
      let some = Array(members[start..<end])
      let vectors = try await view.vectors(of: some).map { $0 ?? [] }
      let found = try await view.nearest(neighbours + 1, to: vectors, isExact: true)
      for (id, near) in zip(some, found) {
        for other in near where other.id != id && other.score >= threshold {
          groups.join(id, other.id)
        }
      }
      progress(end, members.count)
    }
    return groups.sets()
  }

  private func group(_ ids: [Int64], in view: any VectorView) async throws -> DuplicateGroup {
    let pictures = try await pictures(ids).sorted { left, right in
      let areas = (left.width * left.height, right.width * right.height)
      if areas.0 != areas.1 { return areas.0 > areas.1 }
      return left.size != right.size ? left.size > right.size : left.id < right.id
    }
    let vectors = try await view.vectors(of: pictures.map(\.id))
    var similarity: Float = 1
    if let first = vectors.first, let reference = first {
      for case .some(let vector) in vectors.dropFirst() {
        similarity = min(similarity, VectorCodec.dot(reference, vector))
      }
    }
    return DuplicateGroup(pictures: pictures, similarity: similarity)
  }
}

/// Sets that are joined step by step.
package struct DisjointSets {
  private var parents: [Int64: Int64] = [:]

  /// No sets.
  package init() {}

  /// Makes one set of those that hold two members.
  package mutating func join(_ left: Int64, _ right: Int64) {
    let roots = (root(left), root(right))
    if roots.0 != roots.1 { parents[max(roots.0, roots.1)] = min(roots.0, roots.1) }
  }

  /// Sets of more than one, each in ascending order.
  package mutating func sets() -> [[Int64]] {
    var members: [Int64: [Int64]] = [:]
    for id in parents.keys.sorted() { members[root(id), default: []].append(id) }
    return members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  private mutating func root(_ id: Int64) -> Int64 {
    var top = id
    while let parent = parents[top], parent != top { top = parent }
    // Shorten the way for the next time.
    var step = id
    while let parent = parents[step], parent != top {
      parents[step] = top
      step = parent
    }
    parents[id] = top
    if parents[top] == nil { parents[top] = top }
    return top
  }
}
