import CLIPData
import CLIPImages
import CLIPText
import Foundation
import TestSupport
import Testing

struct BatchLoaderTests {
  private let dataset: TSVDataset
  private let tokenizer: BERTTokenizer

  init() throws {
    dataset = try TSVDataset(directory: Fixture.directory, split: "tiny")
    tokenizer = try BERTTokenizer(vocabulary: .bundled())
  }

  private func sampler(batchSize: Int = 16, rank: Int = 0, workerCount: Int = 1) throws
    -> EpochSampler
  {
    try EpochSampler(
      pairCount: dataset.pairCount, batchSize: batchSize, rank: rank, workerCount: workerCount)
  }

  private func loader(
    _ sampler: EpochSampler, from position: TrainingPosition = .init(), epochs: Int? = 2,
    threads: Int = 2, memory: Int = 1 << 20
  ) throws -> BatchLoader {
    var settings = BatchLoader.Settings()
    settings.threads = threads
    settings.memoryBudget = memory
    let augmentation = try ImageAugmentation(size: 32)
    return try BatchLoader(
      PairedSamples(dataset), sampler: sampler, from: position, epochs: epochs,
      tokenizer: tokenizer,
      imageSize: 32, settings: settings, prepare: BatchLoader.preparation(augmentation))
  }

  private func all(_ loader: BatchLoader) throws -> [SampleBatch] {
    var batches: [SampleBatch] = []
    while let batch = try loader.next() { batches.append(batch) }
    return batches
  }

  @Test("batches hold what the order says: pictures, tokens, ids and keys")
  func content() throws {
    let sampler = try sampler()
    let batches = try all(loader(sampler))
    #expect(batches.count == 2 * sampler.stepsPerEpoch)
    let batch = try #require(batches.last)
    #expect(batch.place.epoch == 1 && batch.place.step == sampler.stepsPerEpoch - 1)
    #expect(batch.indices == sampler.order(epoch: 1).pairs(at: batch.place.step))
    let pairs = try batch.indices.map { try dataset.pair(at: $0) }
    #expect(batch.imageIDs == pairs.map(\.imageID))
    #expect(batch.views[0].ids == pairs.map(\.textID))
    #expect(batch.views[0].tokens == tokenizer(pairs.map(\.text)))
    #expect(batch.images.count == 16 * 32 * 32 * 3)
    #expect(batch.replacements.isEmpty)
    for row in 0..<batch.count {
      for other in 0..<batch.count {
        let samePicture = batch.imageKeys[row] == batch.imageKeys[other]
        #expect(samePicture == (pairs[row].imageID == pairs[other].imageID))
        let sameText = batch.views[0].keys[row] == batch.views[0].keys[other]
        #expect(
          sameText
            == (CaptionKey.normalized(pairs[row].text) == CaptionKey.normalized(pairs[other].text)))
      }
    }
  }

  @Test("threads and memory change nothing, augmentation included")
  func deterministic() throws {
    let sampler = try sampler()
    let one = try all(loader(sampler, threads: 1, memory: 1))
    let many = try all(loader(sampler, threads: 7, memory: 1 << 24))
    #expect(one.map(\.images) == many.map(\.images))
    #expect(one.map(\.indices) == many.map(\.indices))
    #expect(one[0].images != one[sampler.stepsPerEpoch].images)
  }

  @Test("a run resumed at any step sees the same batches")
  func resuming() throws {
    let sampler = try sampler()
    let whole = try all(loader(sampler))
    for taken in [1, sampler.stepsPerEpoch - 1, sampler.stepsPerEpoch, sampler.stepsPerEpoch + 3] {
      let first = try loader(sampler)
      for _ in 0..<taken { _ = try first.next() }
      let position = first.position
      let data = try JSONEncoder().encode(position)
      let restored = try JSONDecoder().decode(TrainingPosition.self, from: data)
      let rest = try all(loader(sampler, from: restored))
      #expect(rest.map(\.images) == whole.dropFirst(taken).map(\.images))
      #expect(rest.map(\.place.step) == whole.dropFirst(taken).map(\.place.step))
    }
  }

  @Test("two workers see together what one worker sees")
  func workers() throws {
    let alone = try #require(try loader(sampler(batchSize: 16)).next())
    let parts = try (0..<2).map { rank in
      try #require(try loader(sampler(batchSize: 8, rank: rank, workerCount: 2)).next())
    }
    let rowBytes = 32 * 32 * 3
    for row in 0..<16 {
      let part = parts[row % 2]
      #expect(alone.indices[row] == part.indices[row / 2])
      #expect(
        alone.images[row * rowBytes..<(row + 1) * rowBytes].elementsEqual(
          part.images[row / 2 * rowBytes..<(row / 2 + 1) * rowBytes]))
    }
  }

  @Test("a broken picture stops loading, or another pair takes its place and is named")
  func brokenPictures() throws {
    let folder = try TemporaryFolder()
    let lines = try String(contentsOf: Fixture.url("tiny_imgs.tsv"), encoding: .utf8)
      .split(separator: "\n").map { $0.hasPrefix("10\t") ? "10\tQUJDRA==" : String($0) }
    try folder.write(lines.joined(separator: "\n"), to: "tiny_imgs.tsv")
    try folder.write(Data(contentsOf: Fixture.url("tiny_texts.jsonl")), to: "tiny_texts.jsonl")
    let broken = try TSVDataset(directory: folder.url, split: "tiny")
    let preprocessor = ImagePreprocessor(size: 16)
    func batches(_ policy: DamagePolicy) throws -> [SampleBatch] {
      var settings = BatchLoader.Settings()
      settings.policy = policy
      return try all(
        BatchLoader(
          PairedSamples(broken), sampler: sampler(), epochs: 1, tokenizer: tokenizer, imageSize: 16,
          settings: settings, prepare: BatchLoader.preparation(preprocessor)))
    }
    #expect { try batches(.fail) } throws: { "\($0)".contains("Picture 10") }
    let found = try batches(.skip)
    #expect(found.flatMap(\.imageIDs).contains(10) == false)
    let replacements = found.flatMap(\.replacements)
    #expect(!replacements.isEmpty)
    for replacement in replacements {
      #expect(try broken.pair(at: replacement.index).imageID == 10)
      #expect(replacement.reason.contains("Picture 10"))
    }
  }

  @Test("positions and sizes that cannot be are refused; letting go ends the threads")
  func limits() throws {
    let sampler = try sampler()
    #expect(throws: DataError.self) {
      try loader(sampler, from: TrainingPosition(epoch: 0, step: sampler.stepsPerEpoch + 1))
    }
    #expect(throws: DataError.self) { try loader(sampler, from: TrainingPosition(epoch: -1)) }
    #expect(throws: DataError.self) {
      try loader(EpochSampler(pairCount: dataset.pairCount + 1, batchSize: 4))
    }
    for _ in 0..<50 { _ = try loader(sampler, epochs: nil).next() }
  }

  @Test("data time is measured")
  func dataTime() throws {
    let loader = try loader(sampler())
    let batch = try #require(try loader.next())
    #expect(batch.dataSeconds > 0)
    #expect(loader.dataSeconds == batch.dataSeconds)
  }
}
