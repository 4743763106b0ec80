public import CLIPImages
import Files
public import Foundation
import Synchronization
import Threads

/// Pictures and captions in tar shards of any number, of which only those are open that are drawn
/// from.
///
/// How many samples a shard has is told by `sizes.json` or an index of wids beside it; where neither
/// is there, all shards are looked through once. A picture's id is its sample's index.
public final class ShardedSamples: SampleSource {
  /// The shards' common description.
  public let source: String
  /// The number of samples.
  public var count: Int { starts[counts.count] }
  /// Shards in a random order, mixed within the buffer.
  public var plan: SamplingPlan? {
    SamplingPlan([SamplingPlan.Part(counts: counts, buffer: buffer)])
  }

  private let shards: [URL]
  private let counts: [Int]
  private let starts: [Int]
  private let buffer: Int
  private let open = Mutex(OpenShards())

  /// How many samples are mixed with each other unless said otherwise.
  public static let defaultBuffer = 65_536

  /// Shards that were drawn from lately.
  private struct OpenShards {
    var shards: [Int: Shard] = [:]
    /// The latest last.
    var order: [Int] = []
  }

  /// Counts the samples of shards.
  ///
  /// - Parameters:
  ///   - shards: uncompressed tar files.
  ///   - buffer: how many samples are mixed with each other.
  /// - Throws: ``DataError``.
  public init(shards: [URL], buffer: Int = ShardedSamples.defaultBuffer) throws {
    self.shards = shards
    self.buffer = max(1, buffer)
    counts = try Self.counts(of: shards)
    starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    source =
      shards.count == 1
      ? shards[0].path : "\(shards.count) shards from \(shards.first?.path ?? "nowhere")"
  }

  private static func counts(of shards: [URL]) throws -> [Int] {
    var sizes: [URL: ShardSizes] = [:]
    for folder in Set(shards.map { $0.deletingLastPathComponent().standardizedFileURL }) {
      sizes[folder] = try ShardSizes(in: folder)
    }
    let told = shards.map { shard in
      sizes[shard.deletingLastPathComponent().standardizedFileURL]?
        .counts[shard.lastPathComponent]
    }
    let counts = inParallel(shards.count) { index in
      Result { try told[index] ?? Shard(shards[index]).samples.count }
    }
    let found = try counts.map { try $0.get() }
    try checkTotals(sizes, shards: shards, counts: found)
    return found
  }

  /// Where `__len__` counts a folder whose shards are all here, they must have that many samples.
  private static func checkTotals(
    _ sizes: [URL: ShardSizes], shards: [URL], counts: [Int]
  ) throws {
    for (folder, sizes) in sizes {
      guard let total = sizes.total else { continue }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let ours = shards.indices.filter {
        shards[$0].deletingLastPathComponent().standardizedFileURL == folder
      }
      guard
        Set(ours.map { shards[$0].lastPathComponent }) == Set(names.filter { $0.hasSuffix(".tar") })
      else { continue }
      let sum = ours.reduce(0) { $0 + counts[$1] }
      guard sum == total else {
        throw DataError.unreadable(
          path: folder.path,
          reason: "__len__ says that its shards have \(total) samples, and they have \(sum)")
      }
    }
  }

  /// The sample of an index.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let (shard, place) = try place(of: index)
    let text = try shard.caption(at: place)
    return Sample(
      imageID: Int64(index), texts: [Sample.Text(id: Int64(index), text: text)])
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data {
    guard let index = Int(exactly: imageID), index >= 0, index < count else {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    let (shard, place) = try place(of: index)
    return try shard.picture(at: place)
  }

  /// The numbers of all samples.
  public func imageIDs() -> [Int64] { (0..<count).map { Int64($0) } }

  private func place(of index: Int) throws -> (shard: Shard, place: Int) {
    guard index >= 0, index < count else {
      throw DataError.invalidSetting(
        "Sample \(index) was asked of \(source), which has \(count).")
    }
    let number = starts.lastStart(notAfter: index)
    return (try shard(number), index - starts[number])
  }

  /// A shard, opened if it is not open; two threads may open the same one at once.
  private func shard(_ number: Int) throws -> Shard {
    let known = open.withLock { open in
      if let last = open.order.last, last != number, let place = open.order.firstIndex(of: number) {
        open.order.append(open.order.remove(at: place))
      }
      return open.shards[number]
    }
    if let known { return known }
    let shard = try Shard(shards[number])
    guard shard.samples.count == counts[number] else {
      throw DataError.badArchive(
        path: shards[number].path, offset: 0,
        problem: "it has \(shard.samples.count) samples, and \(ShardSizes.name) beside it says "
          + "\(counts[number]); remove \(ShardSizes.name) and \(ShardSizes.indexName), or mend them,"
      )
    }
    open.withLock { open in
      if open.shards.updateValue(shard, forKey: number) == nil { open.order.append(number) }
      while open.order.count > keptShards { open.shards[open.order.removeFirst()] = nil }
    }
    return shard
  }

  /// As many as two buffers touch.
  private var keptShards: Int {
    let usual = max(1, count / max(1, shards.count))
    return min(shards.count, max(8, 2 * (buffer / usual + 2)))
  }
}

/// An open shard: where the parts of its samples lie.
private final class Shard: Sendable {
  struct Place: Sendable {
    let offset: Int
    let picture: Range<Int>?
    let text: Range<Int>?
    let isJSON: Bool
  }

  let samples: [Place]
  private let file: MappedFile

  init(_ url: URL) throws {
    let file = try DataError.wrapping { try MappedFile(url) }
    self.file = file
    samples = try TarSample.samples(in: file).map { sample in
      Place(
        offset: sample.offset, picture: sample.picture?.range, text: sample.text?.range,
        isJSON: sample.text.map { TarSample.isJSON($0) } ?? false)
    }
  }

  func caption(at index: Int) throws(DataError) -> String {
    let sample = samples[index]
    guard sample.picture != nil else { throw missing("picture", sample) }
    guard let text = sample.text else { throw missing("caption (.txt or .json)", sample) }
    return try TarSample.caption(in: text, isJSON: sample.isJSON, of: file)
  }

  func picture(at index: Int) throws(DataError) -> Data {
    guard let range = samples[index].picture else { throw missing("picture", samples[index]) }
    return Data(file.bytes(in: range))
  }

  private func missing(_ what: String, _ sample: Place) -> DataError {
    .badArchive(path: file.path, offset: sample.offset, problem: "a sample has no \(what)")
  }
}
