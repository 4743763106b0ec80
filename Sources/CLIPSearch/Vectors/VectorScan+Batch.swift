import CVectorScan
import Foundation
import Threads

extension VectorScan {
  /// Rows of a block in the batch scan: they and their products stay in the second cache.
  private static let batchRows = 128

  /// The `limit` best pictures for each of many queries, exact as for one.
  ///
  /// Sixteen queries share each read of a row, so 64 queries cost little more than a few.
  ///
  /// - Parameters:
  ///   - limit: How many at most for each query.
  ///   - queries: Vectors of unit length.
  ///   - snapshot: The vectors.
  ///   - selections: Which slots of each part may answer.
  /// - Returns: Pictures with exact scores, for each query.
  /// - Throws: ``DamagedSegment``; ``SearchError`` without memory.
  package static func best(
    _ limit: Int, forEach queries: [[Float]], in snapshot: VectorSnapshot,
    selections: [SlotSelection]
  ) throws -> [[ScoredPicture]] {
    guard limit > 0, let stride = snapshot.parts.first?.segment.layout.stride else {
      return queries.map { _ in [] }
    }
    guard queries.count > 2 else {
      return try queries.map {
        try best(limit, for: $0, in: snapshot, selections: selections)
      }
    }
    try snapshot.checkFiles()
    let prepared = try queries.map { try ScanQuery($0, stride: stride) }
    let groups = try Swift.stride(from: 0, to: queries.count, by: 16).map {
      try QueryGroup(Array(prepared[$0..<min($0 + 16, queries.count)]), stride: stride)
    }
    let pieces = zip(snapshot.parts, selections).flatMap {
      Piece.cut($0.segment, selection: $1, minimum: 1024)
    }
    let found = inParallel(pieces.count) { index in
      BatchPieceScan(piece: pieces[index], groups: groups, limit: limit).run(rows: batchRows)
    }
    return try queries.indices.map { query in
      var best = BestScores(capacity: limit)
      for piece in found { for candidate in piece[query] { best.insert(candidate.lower) } }
      let bar = best.bar
      var scored: [ScoredPicture] = []
      for (piece, candidates) in zip(pieces, found) {
        for candidate in candidates[query] where candidate.upper >= bar {
          let slot = Int(candidate.slot)
          let score = try piece.segment.score(queries[query], slot: slot)
          scored.append(ScoredPicture(id: piece.segment.ids[slot], score: score))
        }
      }
      scored.sort(by: ScoredPicture.precedes)
      return Array(scored.prefix(limit))
    }
  }
}

/// Up to sixteen queries in the order of bytes that the batch kernel reads.
private final class QueryGroup: Sendable {
  let queries: [ScanQuery]
  let sums: [Int32]
  private let packed: MemoryBlock

  init(_ queries: [ScanQuery], stride: Int) throws(SearchError) {
    self.queries = queries
    sums = (0..<16).map { $0 < queries.count ? queries[$0].highSum : 0 }
    packed = try .anonymous(size: stride * 16)
    let destination = packed.base.assumingMemoryBound(to: Int8.self)
    for (number, query) in queries.enumerated() {
      for index in 0..<stride {
        destination[index / 4 * 64 + number * 4 + index % 4] = query.high[index]
      }
    }
  }

  var values: UnsafePointer<Int8> {
    UnsafePointer(packed.base.assumingMemoryBound(to: Int8.self))
  }
}

/// The scan of one piece by one thread for all queries.
private struct BatchPieceScan {
  let piece: VectorScan.Piece
  let groups: [QueryGroup]
  var best: [BestScores]
  var candidates: [[VectorScan.Candidate]]

  init(piece: VectorScan.Piece, groups: [QueryGroup], limit: Int) {
    self.piece = piece
    self.groups = groups
    let count = groups.reduce(0) { $0 + $1.queries.count }
    best = [BestScores](repeating: BestScores(capacity: limit), count: count)
    candidates = [[VectorScan.Candidate]](repeating: [], count: count)
  }

  /// - Returns: The candidates of each query.
  consuming func run(rows: Int) -> [[VectorScan.Candidate]] {
    var terms = groups.map { GroupTerms($0, segment: piece.segment) }
    let gathered = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: rows * piece.segment.layout.stride)
    let products = UnsafeMutableBufferPointer<Int32>.allocate(capacity: rows * 16)
    let picked = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: rows * 16)
    defer {
      gathered.deallocate()
      products.deallocate()
      picked.deallocate()
    }
    var start = piece.range.lowerBound
    while start < piece.range.upperBound {
      let count = min(rows, piece.range.upperBound - start)
      scanBlock(start, count, &terms, gathered, products, picked)
      start += count
    }
    return candidates.enumerated().map { query, candidates in
      let bar = best[query].bar
      return candidates.filter { $0.upper >= bar }
    }
  }

  private mutating func scanBlock(
    _ start: Int, _ count: Int, _ terms: inout [GroupTerms],
    _ gathered: UnsafeMutableBufferPointer<UInt8>,
    _ products: UnsafeMutableBufferPointer<Int32>, _ picked: UnsafeMutableBufferPointer<UInt32>
  ) {
    let segment = piece.segment
    let stride = segment.layout.stride
    var rows = segment.rows + start * stride
    var scales = Array(UnsafeBufferPointer(start: segment.scales + start, count: 0))
    var losses = scales
    if case .only(let slots) = piece.selection, let copy = gathered.baseAddress {
      for index in 0..<count {
        let slot = Int(slots[start + index])
        (copy + index * stride).update(from: segment.rows + slot * stride, count: stride)
        scales.append(segment.scales[slot])
        losses.append(segment.losses[slot])
      }
      rows = UnsafePointer(copy)
    } else {
      scales = Array(UnsafeBufferPointer(start: segment.scales + start, count: count))
      losses = Array(UnsafeBufferPointer(start: segment.losses + start, count: count))
    }
    guard let output = products.baseAddress, let chosen = picked.baseAddress else { return }
    for number in groups.indices {
      vs_scan_sixteen(rows, stride, count, groups[number].values, groups[number].sums, output)
      let found = vs_pick_sixteen(
        output, scales, losses, count, terms[number].bases, terms[number].factors,
        terms[number].thresholds, chosen)
      for place in 0..<found {
        let index = Int(chosen[place] / 16)
        let lane = Int(chosen[place] % 16)
        let slot =
          if case .only(let slots) = piece.selection { Int(slots[start + index]) } else {
            start + index
          }
        if case .allBut(let dead) = piece.selection, dead.contains(slot) { continue }
        let score =
          terms[number].bases[lane] + terms[number].factors[lane]
          * (scales[index] * Float(output[index * 16 + lane]))
        consider(
          slot, query: number * 16 + lane, score: score,
          error: losses[index] + terms[number].errors[lane])
      }
      for lane in groups[number].queries.indices {
        terms[number].thresholds[lane] = best[number * 16 + lane].bar - terms[number].errors[lane]
      }
    }
  }

  private mutating func consider(_ slot: Int, query: Int, score: Float, error: Float) {
    guard score + error >= best[query].bar else { return }
    let candidate = VectorScan.Candidate(
      slot: UInt32(slot), lower: score - error, upper: score + error)
    candidates[query].append(candidate)
    best[query].insert(candidate.lower)
  }
}

/// What the kernels need of each query of a group besides its bytes; unused lanes never pass.
private struct GroupTerms {
  var bases = [Float](repeating: 0, count: 16)
  var factors = [Float](repeating: 0, count: 16)
  var errors = [Float](repeating: 0, count: 16)
  var thresholds = [Float](repeating: .infinity, count: 16)

  init(_ group: QueryGroup, segment: VectorSegment) {
    for (lane, query) in group.queries.enumerated() {
      bases[lane] = query.base(in: segment)
      factors[lane] = query.scale
      errors[lane] = query.lostHigh * segment.radius + VectorScan.slack
      thresholds[lane] = -.infinity
    }
  }
}
