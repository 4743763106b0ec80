import Synchronization

/// Which sample a worker draws in each of its rows, as a pure function of seed and row.
///
/// A worker goes through its own run of a source's shards; a shard at the border of two runs is read
/// by both. When a source is through, it begins again in another order, whatever the epoch.
final class PlannedOrder: Sendable {
  private let parts: [SamplingPlan.Part]
  /// Index of each part's first sample.
  private let starts: [Int]
  private let seed: UInt64
  private let rank: Int
  private let workerCount: Int
  private let isShuffled: Bool
  /// Rows after which each part has had its share again, and how many of them are its own.
  private let period: Int
  private let quotas: [Int]
  private let caches = Mutex(Caches())

  /// What neighbouring rows have in common.
  private struct Caches {
    var passes: [PassKey: ShardPass] = [:]
    var blocks: [BlockKey: [UInt32]] = [:]
    var patterns: [Int: Pattern] = [:]
  }

  private struct PassKey: Hashable {
    let part: Int
    let pass: Int
  }

  private struct BlockKey: Hashable {
    let pass: PassKey
    let block: Int
  }

  /// Which part each row of a period draws from, and how many rows before it did.
  private struct Pattern {
    let parts: [UInt16]
    let ordinals: [UInt32]
  }

  private static let longestPeriod = 1 << 16
  private static let keptBlocks = 16

  /// - Parameters:
  ///   - plan: the sources.
  ///   - sampler: who draws.
  init(_ plan: SamplingPlan, _ sampler: EpochSampler) {
    parts = plan.parts
    starts = plan.parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    seed = sampler.seed
    rank = sampler.rank
    workerCount = sampler.workerCount
    isShuffled = sampler.isShuffled
    let rows = sampler.stepsPerEpoch * sampler.batchSize
    period = max(plan.parts.count, min(rows, Self.longestPeriod))
    quotas = Self.quotas(plan.parts.map(\.drawn), of: period)
  }

  /// Shares of a number, each at least 1, by the largest remainders.
  static func quotas(_ weights: [Double], of total: Int) -> [Int] {
    let sum = weights.reduce(0, +)
    let exact = weights.map { $0 / sum * Double(total) }
    var quotas = exact.map { max(1, Int($0)) }
    while quotas.reduce(0, +) != total {
      let isShort = quotas.reduce(0, +) < total
      let candidates = quotas.indices.filter { isShort || quotas[$0] > 1 }
      let gap = { (index: Int) in exact[index] - Double(quotas[index]) }
      guard
        let index = isShort
          ? candidates.max(by: { gap($0) < gap($1) }) : candidates.min(by: { gap($0) < gap($1) })
      else { break }
      quotas[index] += isShort ? 1 : -1
    }
    return quotas
  }

  /// The sample of one of the worker's rows, which count from the beginning of the run.
  func sample(at row: Int) -> Int {
    caches.withLock { caches in
      var (part, ordinal) = (0, row)
      if parts.count > 1 {
        let (turn, place) = row.quotientAndRemainder(dividingBy: period)
        let pattern = pattern(turn, &caches)
        part = Int(pattern.parts[place])
        ordinal = turn * quotas[part] + Int(pattern.ordinals[place])
      }
      let count = parts[part].count
      let share = (count + workerCount - 1) / workerCount
      let (pass, place) = ordinal.quotientAndRemainder(dividingBy: share)
      let position = (rank * share + place) % count
      return starts[part]
        + index(of: position, in: PassKey(part: part, pass: pass), &caches)
    }
  }

  private func pattern(_ turn: Int, _ caches: inout Caches) -> Pattern {
    if let pattern = caches.patterns[turn] { return pattern }
    var parts: [UInt16] = []
    for (part, quota) in quotas.enumerated() {
      parts += Array(repeating: UInt16(part), count: quota)
    }
    if isShuffled { parts = permutation(parts.count, turn, 3).map { parts[Int($0)] } }
    var counts = [UInt32](repeating: 0, count: quotas.count)
    let ordinals = parts.map { part in
      counts[Int(part)] += 1
      return counts[Int(part)] - 1
    }
    let pattern = Pattern(parts: parts, ordinals: ordinals)
    caches.patterns = caches.patterns.filter { $0.key == turn - 1 }
    caches.patterns[turn] = pattern
    return pattern
  }

  /// The index within its source of a position of a pass through it.
  private func index(of position: Int, in key: PassKey, _ caches: inout Caches) -> Int {
    let part = parts[key.part]
    guard isShuffled else { return position }
    let pass: ShardPass
    if let known = caches.passes[key] {
      pass = known
    } else {
      let order = permutation(part.counts.count, key.part, key.pass, 1)
      pass = ShardPass(part.counts, order: order)
      caches.passes = caches.passes.filter {
        $0.key.part != key.part || $0.key.pass == key.pass - 1
      }
      caches.passes[key] = pass
    }
    let buffer = max(1, min(part.buffer ?? part.count, 1 << 30))
    let (block, place) = position.quotientAndRemainder(dividingBy: buffer)
    let size = min(buffer, part.count - block * buffer)
    let blockKey = BlockKey(pass: key, block: block)
    let mixing: [UInt32]
    if let known = caches.blocks[blockKey] {
      mixing = known
    } else {
      mixing = permutation(size, key.part, key.pass, block, 2)
      if caches.blocks.count >= Self.keptBlocks * parts.count { caches.blocks = [:] }
      caches.blocks[blockKey] = mixing
    }
    return pass.index(at: block * buffer + Int(mixing[place]))
  }

  private func permutation(_ count: Int, _ numbers: Int...) -> [UInt32] {
    let mixed = numbers.reduce(seed) { StableHash.mix($0, UInt64(truncatingIfNeeded: $1)) }
    return MersenneTwister.permutation(of: count, seed: UInt32(truncatingIfNeeded: mixed))
  }
}

/// The shards of a source in the order of one pass.
private struct ShardPass {
  private let order: [UInt32]
  /// Where each shard begins in the source, and where it begins in the pass.
  private let sourceStarts: [Int]
  private let passStarts: [Int]

  init(_ counts: [Int], order: [UInt32]) {
    self.order = order
    sourceStarts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    passStarts = order.reduce(into: [0]) { $0.append($0[$0.count - 1] + counts[Int($1)]) }
  }

  func index(at position: Int) -> Int {
    let place = passStarts.lastStart(notAfter: position)
    return sourceStarts[Int(order[place])] + position - passStarts[place]
  }
}
