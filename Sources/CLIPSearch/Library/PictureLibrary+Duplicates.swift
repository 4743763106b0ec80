import Foundation

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
  ) throws -> [DuplicateGroup] {
    guard (0.5...1).contains(threshold) else {
      throw SearchError.invalidArgument(
        name: "the similarity", value: "\(threshold)", allowed: "0.5 to 1")
    }
    return try scanning(.picture) { snapshot in
      let ids = try filter.map { try pictureNumbers(where: $0) }
      let selections = snapshot.selections(of: ids)
      let members = snapshot.numbers(selections)
      var groups = DisjointSets()
      var done = 0
      for start in stride(from: 0, to: members.count, by: 256) {
        try Task.checkCancellation()
        let some = members[start..<min(start + 256, members.count)]
        let vectors = try some.map { try snapshot.vector(of: $0) ?? [] }
        let found = try VectorScan.best(
          neighbours + 1, forEach: vectors, in: snapshot, selections: selections)
        for (id, near) in zip(some, found) {
          for other in near where other.id != id && other.score >= threshold {
            groups.join(id, other.id)
          }
        }
        done += some.count
        progress(done, members.count)
      }
      return try groups.sets().map { try group($0, snapshot) }
        .sorted {
          $0.pictures.count != $1.pictures.count
            ? $0.pictures.count > $1.pictures.count
            : ($0.pictures.first?.id ?? 0) < ($1.pictures.first?.id ?? 0)
        }
    }
  }

  private func group(_ ids: [Int64], _ snapshot: VectorSnapshot) throws -> DuplicateGroup {
    let pictures = try pictures(ids).sorted { left, right in
      let areas = (left.width * left.height, right.width * right.height)
      if areas.0 != areas.1 { return areas.0 > areas.1 }
      return left.size != right.size ? left.size > right.size : left.id < right.id
    }
    var similarity: Float = 1
    if let first = pictures.first, let reference = try snapshot.vector(of: first.id) {
      for other in pictures.dropFirst() {
        guard let vector = try snapshot.vector(of: other.id) else { continue }
        similarity = min(similarity, VectorCodec.dot(reference, vector))
      }
    }
    return DuplicateGroup(pictures: pictures, similarity: similarity)
  }
}

/// Sets that are joined step by step.
struct DisjointSets {
  private var parents: [Int64: Int64] = [:]

  mutating func join(_ left: Int64, _ right: Int64) {
    let roots = (root(left), root(right))
    if roots.0 != roots.1 { parents[max(roots.0, roots.1)] = min(roots.0, roots.1) }
  }

  /// Sets of more than one, each in ascending order.
  mutating func sets() -> [[Int64]] {
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

extension VectorSnapshot {
  /// The picture numbers of all selected slots, in ascending order.
  func numbers(_ selections: [SlotSelection]) -> [Int64] {
    var numbers: [Int64] = []
    for (part, selection) in zip(parts, selections) {
      switch selection {
      case .only(let slots): numbers += slots.map { part.segment.ids[Int($0)] }
      case .all, .allBut:
        for slot in 0..<part.segment.count where !part.dead.contains(slot) {
          numbers.append(part.segment.ids[slot])
        }
      }
    }
    return numbers.sorted()
  }
}
