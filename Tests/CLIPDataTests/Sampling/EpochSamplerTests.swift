import CLIPData
import TestSupport
import Testing

struct EpochSamplerTests {
  struct Case: Decodable {
    let pairCount: Int
    let batchSize: Int
    let workerCount: Int
    let seed: UInt64
    let epoch: Int
    let ranks: [[Int]]
  }

  @Test("the order is that of the original's data loader, for every worker")
  func equalsOriginal() throws {
    let cases = try Fixture.json("orders.json", as: [Case].self)
    #expect(cases.count == 5)
    for example in cases {
      for (rank, expected) in example.ranks.enumerated() {
        let sampler = try EpochSampler(
          pairCount: example.pairCount, batchSize: example.batchSize, rank: rank,
          workerCount: example.workerCount, seed: example.seed)
        let order = sampler.order(epoch: example.epoch)
        let found = (0..<sampler.stepsPerEpoch).flatMap { order.pairs(at: $0) }
        #expect(found == expected)
      }
    }
  }

  @Test("an epoch shows every pair, and another epoch another order")
  func coverage() throws {
    let sampler = try EpochSampler(pairCount: 100, batchSize: 16)
    #expect(sampler.stepsPerEpoch == 7)
    let epochs = (0..<2).map { epoch in
      (0..<7).flatMap { sampler.order(epoch: epoch).pairs(at: $0) }
    }
    #expect(Set(epochs[0]) == Set(0..<100))
    #expect(epochs[0].count == 112)
    #expect(epochs[0] != epochs[1])
    #expect((0..<7).flatMap { sampler.order(epoch: 0).pairs(at: $0) } == epochs[0])
  }

  @Test("without shuffling the order is the source's, wrapped at the end")
  func sequential() throws {
    let sampler = try EpochSampler(pairCount: 5, batchSize: 3, isShuffled: false)
    let order = sampler.order(epoch: 3)
    #expect(order.pairs(at: 0) == [0, 1, 2])
    #expect(order.pairs(at: 1) == [3, 4, 0])
  }

  @Test("a row has one number and one pair, however many workers share the epoch")
  func rowNumbers() throws {
    let alone = try EpochSampler(pairCount: 64, batchSize: 8).order(epoch: 1)
    let workers = try (0..<2).map {
      try EpochSampler(pairCount: 64, batchSize: 4, rank: $0, workerCount: 2).order(epoch: 1)
    }
    var numbers = Set<Int>()
    for step in 0..<8 {
      for row in 0..<8 {
        let worker = workers[row % 2]
        numbers.insert(alone.number(of: row, at: step))
        #expect(alone.number(of: row, at: step) == worker.number(of: row / 2, at: step))
        #expect(alone.pair(at: step, row: row) == worker.pair(at: step, row: row / 2))
      }
    }
    #expect(numbers == Set(0..<64))
  }

  @Test("settings that cannot work are refused")
  func refused() {
    #expect(throws: DataError.self) { try EpochSampler(pairCount: 0, batchSize: 1) }
    #expect(throws: DataError.self) { try EpochSampler(pairCount: 1, batchSize: 0) }
    #expect(throws: DataError.self) { try EpochSampler(pairCount: 1, batchSize: 1, rank: 1) }
    #expect(throws: DataError.self) { try EpochSampler(pairCount: 1, batchSize: .max) }
  }

  @Test("spreading keeps equal captions and pictures out of each other's batches")
  func spreading() throws {
    let folder = try TemporaryFolder()
    let texts = (0..<120).map {
      "{\"text_id\": \($0), \"text\": \"类\($0 % 12)\", \"image_ids\": [\($0 % 40)]}"
    }
    try folder.write((0..<40).map { "\($0)\tQUJD" }.joined(separator: "\n"), to: "a_imgs.tsv")
    try folder.write(texts.joined(separator: "\n"), to: "a_texts.jsonl")
    let dataset = try TSVDataset(directory: folder.url, split: "a")
    let keys = try DuplicateKeys(dataset)
    let sampler = try EpochSampler(pairCount: dataset.pairCount, batchSize: 6)
    func collisions(_ order: EpochOrder) throws -> Int {
      try (0..<sampler.stepsPerEpoch).reduce(0) { sum, step in
        let pairs = try order.pairs(at: step).map { try dataset.pair(at: $0) }
        return sum + (6 - Set(pairs.map(\.text)).count) + (6 - Set(pairs.map(\.imageID)).count)
      }
    }
    let plain = sampler.order(epoch: 0)
    let spread = sampler.order(epoch: 0, spreading: keys)
    #expect(try collisions(plain) > 10)
    #expect(try collisions(spread) * 3 < collisions(plain))
    let all = (0..<sampler.stepsPerEpoch).flatMap { spread.pairs(at: $0) }
    #expect(Set(all) == Set(0..<120))
  }

  @Test("captions that differ in case, quotes and outer blanks have one key")
  func captionKeys() {
    #expect(CaptionKey.key(of: " iPhone“新款” ") == CaptionKey.key(of: "iphone\"新款\""))
    #expect(CaptionKey.key(of: "猫") != CaptionKey.key(of: "狗"))
  }
}
