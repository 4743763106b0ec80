import CLIPData
import Testing

@Suite("SamplingPlan")
struct SamplingPlanTests {
  private func drawn(
    _ plan: SamplingPlan, count: Int, batch: Int, epochs: Range<Int>, rank: Int = 0,
    workers: Int = 1
  ) throws -> [Int] {
    let sampler = try EpochSampler(
      pairCount: count, batchSize: batch, rank: rank, workerCount: workers, plan: plan)
    return epochs.flatMap { epoch in
      let order = sampler.order(epoch: epoch)
      return (0..<sampler.stepsPerEpoch).flatMap { order.pairs(at: $0) }
    }
  }

  @Test("an epoch shows every sample, and samples drawn together lie in few shards")
  func coverage() throws {
    let counts = (0..<20).map { 40 + $0 }
    let count = counts.reduce(0, +)
    let plan = SamplingPlan([.init(counts: counts, buffer: 100)])
    let first = try drawn(plan, count: count, batch: 10, epochs: 0..<1)
    #expect(first.count == count)
    #expect(Set(first) == Set(0..<count))
    #expect(first != Array(0..<count))
    let second = try drawn(plan, count: count, batch: 10, epochs: 1..<2)
    #expect(Set(second) == Set(0..<count) && second != first)
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    for place in stride(from: 0, to: first.count - 100, by: 100) {
      let shards = Set(first[place..<place + 100].map { index in starts.lastIndex { $0 <= index } })
      #expect(shards.count <= 4)
    }
  }

  @Test("what is drawn depends on the place alone")
  func resume() throws {
    let plan = SamplingPlan([.init(counts: [30, 50, 20], buffer: 16)])
    let whole = try drawn(plan, count: 100, batch: 8, epochs: 0..<2)
    let sampler = try EpochSampler(pairCount: 100, batchSize: 8, plan: plan)
    let order = sampler.order(epoch: 1)
    for step in [12, 3, 7, 0] {
      let start = (sampler.stepsPerEpoch + step) * 8
      #expect(order.pairs(at: step) == Array(whole[start..<start + 8]))
    }
  }

  @Test("workers draw from shards of their own, and together every sample")
  func workers() throws {
    let plan = SamplingPlan([.init(counts: Array(repeating: 25, count: 16), buffer: 50)])
    let parts = try (0..<4).map {
      try drawn(plan, count: 400, batch: 5, epochs: 0..<1, rank: $0, workers: 4)
    }
    #expect(parts.allSatisfy { $0.count == 100 })
    #expect(Set(parts.joined()).count == 400)
    for part in parts { #expect(Set(part.map { $0 / 25 }).count == 4) }
  }

  @Test(
    "sources come in the proportion of their sizes and weights, and each goes through all its samples"
  )
  func weights() throws {
    let plan = SamplingPlan([
      .init(counts: [300]), .init(counts: [50, 50], buffer: 10, weight: 3),
    ])
    let rows = try drawn(plan, count: 400, batch: 20, epochs: 0..<1)
    #expect(rows.count == 600)
    let second = rows.filter { $0 >= 300 }
    #expect(second.count == 300)
    for index in 300..<400 { #expect(second.count { $0 == index } == 3) }
    #expect(Set(rows.filter { $0 < 300 }).count == 300)
    // They are mixed, not one after the other.
    #expect((20...80).contains(rows.prefix(100).count { $0 >= 300 }))
  }

  @Test("a small source among large ones is not forgotten")
  func smallSource() throws {
    let plan = SamplingPlan([.init(counts: [100_000], buffer: 100), .init(counts: [1])])
    let rows = try drawn(plan, count: 100_001, batch: 64, epochs: 0..<1)
    #expect(rows.contains(100_000))
  }
}
