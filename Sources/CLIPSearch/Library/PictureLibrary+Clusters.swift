import CLIPModels
import Foundation
import Threads

extension PictureLibrary {
  /// Pictures of one kind, with a word that fits them.
  public struct Cluster: Sendable, Codable, Equatable {
    /// The words of the list that fit the cluster best and the others least, best first.
    public var labels: [String]
    /// How alike the pictures are: the mean cosine to their center.
    public var cohesion: Float
    /// Numbers of the pictures, the most typical first.
    public var pictures: [Int64]
  }

  /// Sorts pictures into groups by k-means over their vectors (spherical, k-means++ start), and
  /// proposes labels from a list of words.
  ///
  /// - Parameters:
  ///   - count: How many clusters; `nil` chooses the square root of half the number of pictures,
  ///     at most 40.
  ///   - filter: Only pictures for which this holds.
  ///   - words: What labels are chosen from; `nil` takes the list that comes with the library.
  ///   - seed: Equal seeds give equal clusters.
  /// - Returns: Largest clusters first.
  /// - Throws: ``SearchError``, and what the model throws while it embeds the words.
  public func clusters(
    count: Int? = nil, where filter: PictureFilter? = nil, words: [String]? = nil, seed: UInt64 = 1
  ) async throws -> [Cluster] {
    try await offloaded {
      try await sorted(count: count, where: filter, words: words, seed: seed)
    }
  }

  private func sorted(
    count: Int?, where filter: PictureFilter?, words: [String]?, seed: UInt64
  ) async throws -> [Cluster] {
    let (ids, vectors) = try await scanning(.picture, where: filter) { view in
      try check(view)
      let ids = try await view.ids()
      let vectors = try await view.vectors(of: ids)
      return (zip(ids, vectors).filter { $0.1 != nil }.map(\.0), vectors.compactMap { $0 })
    }
    guard !ids.isEmpty else { return [] }
    let wanted = count ?? min(40, max(2, Int((Double(ids.count) / 2).squareRoot())))
    guard wanted > 0 else {
      throw SearchError.invalidArgument(
        name: "the number of clusters", value: "\(wanted)", allowed: "at least 1")
    }
    var clustering = SphericalKMeans(vectors, count: min(wanted, ids.count), seed: seed)
    try clustering.run()
    let labels = try await labels(of: clustering.centers, words: words)
    return clustering.members.enumerated()
      .filter { !$0.element.isEmpty }
      .map { index, members in
        let scored = members.map { ($0, VectorCodec.dot(vectors[$0], clustering.centers[index])) }
          .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
        return Cluster(
          labels: labels[index],
          cohesion: scored.reduce(0) { $0 + $1.1 } / Float(scored.count),
          pictures: scored.map { ids[$0.0] })
      }
      .sorted {
        $0.pictures.count != $1.pictures.count
          ? $0.pictures.count > $1.pictures.count : $0.pictures[0] < $1.pictures[0]
      }
  }

  /// The words that fit each center more than they fit the other centers.
  ///
  /// A word that lies near to all pictures says nothing; so its mean over the centers is taken off.
  private func labels(of centers: [[Float]], words: [String]?) async throws -> [[String]] {
    let words = try words ?? WordList.bundled("cluster-words")
    guard model != nil, !words.isEmpty else { return centers.map { _ in [] } }
    let vectors = try await promptVectors(words)
    let scores = vectors.map { word in centers.map { VectorCodec.dot(word, $0) } }
    let means = scores.map { $0.reduce(0, +) / Float($0.count) }
    return centers.indices.map { center in
      let ranked = words.indices.sorted {
        scores[$0][center] - means[$0] / 2 > scores[$1][center] - means[$1] / 2
      }
      return ranked.prefix(3).map { words[$0] }
    }
  }
}

/// K-means on the unit sphere: centers are normalised means, and nearest is largest cosine.
package struct SphericalKMeans {
  /// Unit vectors in the middle of each cluster.
  package private(set) var centers: [[Float]] = []
  /// Places of the vectors of each cluster.
  package private(set) var members: [[Int]] = []
  private let vectors: [[Float]]
  private let count: Int
  private var generator: Generator

  /// SplitMix64, so that equal seeds give equal clusters everywhere.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var value = state
      value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
      return value ^ (value >> 31)
    }
  }

  /// - Parameters:
  ///   - vectors: of unit length, at least one.
  ///   - count: how many clusters, at most as many as vectors.
  ///   - seed: equal seeds give equal clusters.
  package init(_ vectors: [[Float]], count: Int, seed: UInt64) {
    self.vectors = vectors
    self.count = count
    generator = Generator(state: seed)
  }

  /// Until nothing moves, at most fifty rounds.
  package mutating func run() throws {
    start()
    var assignment: [Int] = []
    for _ in 0..<50 {
      try Task.checkCancellation()
      let centers = centers
      let vectors = vectors
      let nearest = inParallel(vectors.count) { index in
        var best = 0
        var score = -Float.infinity
        for (number, center) in centers.enumerated() {
          let product = VectorCodec.dot(center, vectors[index])
          if product > score { (best, score) = (number, product) }
        }
        return best
      }
      guard nearest != assignment else { break }
      assignment = nearest
      moveCenters(assignment)
    }
    members = [[Int]](repeating: [], count: centers.count)
    for (index, center) in assignment.enumerated() { members[center].append(index) }
  }

  /// k-means++: each further center is drawn with a chance that grows with the distance from those
  /// there are.
  private mutating func start() {
    centers = [vectors[Int.random(in: 0..<vectors.count, using: &generator)]]
    var distances = vectors.map { max(0, 1 - VectorCodec.dot($0, centers[0])) }
    while centers.count < count {
      let total = distances.reduce(0.0) { $0 + Double($1) }
      guard total > 1e-9 else { return }
      var left = Double.random(in: 0..<total, using: &generator)
      let chosen = distances.firstIndex { distance in
        left -= Double(distance)
        return left < 0
      }
      let center = vectors[chosen ?? vectors.count - 1]
      centers.append(center)
      for index in vectors.indices {
        distances[index] = min(
          distances[index], max(0, 1 - VectorCodec.dot(vectors[index], center)))
      }
    }
  }

  private mutating func moveCenters(_ assignment: [Int]) {
    var sums = [[Float]](
      repeating: [Float](repeating: 0, count: vectors[0].count), count: centers.count)
    for (index, center) in assignment.enumerated() {
      for place in vectors[index].indices { sums[center][place] += vectors[index][place] }
    }
    for (index, sum) in sums.enumerated() {
      // A center that lost all its vectors stays where it is.
      if let unit = UnitVector.of(sum) { centers[index] = unit }
    }
  }
}
