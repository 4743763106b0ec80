import CLIPEvaluation
import CLIPModels
import Testing

struct NearestNeighborsTests {
  /// A generator with a fixed seed.
  private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private func vectors(_ count: Int, _ dimension: Int, seed: UInt64) -> Embeddings {
    var random = Random(state: seed)
    return Embeddings(
      dimension: dimension,
      values: (0..<count * dimension).map { _ in Float.random(in: -1...1, using: &random) })
  }

  /// The plain way: all scores in double precision, stable sort.
  private func expected(_ k: Int, _ queries: Embeddings, _ gallery: Embeddings) -> [[Int]] {
    (0..<queries.count).map { row in
      let scores = (0..<gallery.count).map { place in
        zip(queries[row], gallery[place]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      return Array(
        scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(k))
    }
  }

  @Test(
    "results equal the plain search, whatever the blocks",
    arguments: [(1, 7), (13, 64), (300, 5000)])
  func exact(queriesPerBlock: Int, galleryPerBlock: Int) throws {
    let gallery = vectors(501, 33, seed: 1)
    let queries = vectors(70, 33, seed: 2)
    var search = try NearestNeighbors(gallery)
    search.queriesPerBlock = queriesPerBlock
    search.galleryPerBlock = galleryPerBlock
    for k in [1, 10, 200, 501] {
      #expect(try search.search(k, nearestTo: queries) == expected(k, queries, gallery))
    }
  }

  @Test("equal vectors keep the order of the gallery, across blocks too")
  func ties() throws {
    let some = vectors(3, 40, seed: 3)
    // Each of three vectors a hundred times, in turns.
    let gallery = Embeddings(
      dimension: 40, values: (0..<300).flatMap { Array(some[$0 % 3]) })
    let queries = vectors(20, 40, seed: 4)
    var search = try NearestNeighbors(gallery)
    search.galleryPerBlock = 37
    for found in try search.search(150, nearestTo: queries) {
      let first = found[0]
      #expect(found.prefix(100) == ArraySlice(stride(from: first, to: 300, by: 3)))
      #expect(found[100..<150] == ArraySlice(stride(from: found[100], to: 300, by: 3).prefix(50)))
    }
    let zeros = Embeddings(dimension: 40, values: [Float](repeating: 0, count: 40 * 1000))
    #expect(try NearestNeighbors(zeros).search(12, nearestTo: queries)[5] == Array(0..<12))
  }

  @Test("small galleries give what they have; nonsense is refused")
  func limits() throws {
    let gallery = vectors(3, 4, seed: 5)
    let queries = vectors(2, 4, seed: 6)
    #expect(try NearestNeighbors(gallery).search(10, nearestTo: queries).map(\.count) == [3, 3])
    #expect(throws: EvaluationError.self) {
      try NearestNeighbors(gallery).search(0, nearestTo: queries)
    }
    #expect(throws: EvaluationError.dimensions(queries: 5, gallery: 4)) {
      try NearestNeighbors(gallery).search(1, nearestTo: vectors(1, 5, seed: 7))
    }
    #expect(throws: EvaluationError.self) {
      try NearestNeighbors(Embeddings(dimension: 4, values: []))
    }
    #expect(throws: EvaluationError.notFinite(side: "gallery", row: 1)) {
      try NearestNeighbors(Embeddings(dimension: 2, values: [1, 2, .nan, 4]))
    }
  }
}
