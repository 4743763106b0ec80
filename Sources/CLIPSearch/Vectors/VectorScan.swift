import CVectorScan
import Foundation
import Threads

/// The exact search: a scan of bytes bounds every score from both sides, then the few vectors that
/// may still belong to the best are scored exactly.
///
/// With `x = center + scale * bytes + r` and `q = planes + p`, the scanned score differs from the
/// exact one by at most `|q||r| + |p||x - center|` (Cauchy and Schwarz). A row is put aside only
/// when its upper bound is below the k-th best lower bound, so no answer is ever missed: recall is
/// 1 whatever the vectors are.
package enum VectorScan {
  /// Room for the rounding of the float arithmetic itself.
  static let slack: Float = 2e-5
  /// Rows that are scanned before their products are looked at; they stay in the cache.
  static let blockRows = 1024
  /// A thread is worth its start for this many rows.
  private static let rowsPerThread = 8192

  /// The `limit` best pictures, best first.
  ///
  /// - Parameters:
  ///   - limit: How many at most.
  ///   - query: A vector of unit length.
  ///   - snapshot: The vectors.
  ///   - selections: Which slots of each part may answer.
  /// - Returns: Pictures with exact scores.
  /// - Throws: ``DamagedSegment``; ``SearchError`` without memory.
  package static func best(
    _ limit: Int, for query: [Float], in snapshot: VectorSnapshot, selections: [SlotSelection]
  ) throws -> [ScoredPicture] {
    guard limit > 0, let stride = snapshot.parts.first?.segment.layout.stride else { return [] }
    try snapshot.checkFiles()
    let prepared = try ScanQuery(query, stride: stride)
    let pieces = zip(snapshot.parts, selections).flatMap {
      Piece.cut($0.segment, selection: $1, minimum: rowsPerThread)
    }
    let found = inParallel(pieces.count) { index in
      PieceScan(piece: pieces[index], query: prepared, limit: limit).run()
    }
    // The k-th best lower bound of all pieces together is the bar that counts.
    var best = BestScores(capacity: limit)
    for piece in found { for candidate in piece { best.insert(candidate.lower) } }
    let bar = best.bar
    var scored: [ScoredPicture] = []
    try query.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for (piece, candidates) in zip(pieces, found) {
        for candidate in candidates where candidate.upper >= bar {
          let slot = Int(candidate.slot)
          let score = try piece.segment.score(base, slot: slot)
          scored.append(ScoredPicture(id: piece.segment.ids[slot], score: score))
        }
      }
    }
    scored.sort(by: ScoredPicture.precedes)
    return Array(scored.prefix(limit))
  }

  /// A part of a segment for one thread.
  struct Piece: Sendable {
    let segment: VectorSegment
    let selection: SlotSelection
    /// Slots, or places in the list of selected slots.
    let range: Range<Int>

    static func cut(
      _ segment: VectorSegment, selection: SlotSelection, minimum: Int
    ) -> [Piece] {
      let count = if case .only(let slots) = selection { slots.count } else { segment.count }
      guard count > 0 else { return [] }
      let pieces = max(1, min(ProcessInfo.processInfo.activeProcessorCount, count / minimum))
      return (0..<pieces).map {
        let range = count * $0 / pieces..<count * ($0 + 1) / pieces
        return Piece(segment: segment, selection: selection, range: range)
      }
    }
  }

  /// A row that may belong to the best, with the bounds of its score.
  struct Candidate: Sendable {
    let slot: UInt32
    let lower: Float
    let upper: Float
  }
}

/// The scan of one piece by one thread.
private struct PieceScan {
  let piece: VectorScan.Piece
  let query: ScanQuery
  var best: BestScores
  var candidates: [VectorScan.Candidate] = []
  let base: Float
  let constantError: Float

  init(piece: VectorScan.Piece, query: ScanQuery, limit: Int) {
    self.piece = piece
    self.query = query
    best = BestScores(capacity: limit)
    base = query.base(in: piece.segment)
    constantError = query.lost * piece.segment.radius + VectorScan.slack
  }

  consuming func run() -> [VectorScan.Candidate] {
    let segment = piece.segment
    let stride = segment.layout.stride
    var kernelQuery = query.kernelQuery
    withUnsafeTemporaryAllocation(of: Float.self, capacity: VectorScan.blockRows) { products in
      guard let output = products.baseAddress else { return }
      var start = piece.range.lowerBound
      while start < piece.range.upperBound {
        let count = min(VectorScan.blockRows, piece.range.upperBound - start)
        switch piece.selection {
        case .all:
          vs_scan(segment.rows + start * stride, stride, count, &kernelQuery, output)
          for index in 0..<count { consider(start + index, output[index]) }
        case .allBut(let dead):
          vs_scan(segment.rows + start * stride, stride, count, &kernelQuery, output)
          for index in 0..<count where !dead.contains(start + index) {
            consider(start + index, output[index])
          }
        case .only(let slots):
          slots.withUnsafeBufferPointer { slots in
            guard let first = slots.baseAddress else { return }
            vs_scan_slots(segment.rows, stride, first + start, count, &kernelQuery, output)
            for index in 0..<count { consider(Int(slots[start + index]), output[index]) }
          }
        }
        start += count
      }
    }
    let bar = best.bar
    candidates.removeAll { $0.upper < bar }
    return candidates
  }

  @inline(__always)
  private mutating func consider(_ slot: Int, _ product: Float) {
    let score = base + piece.segment.scales[slot] * product
    let error = piece.segment.losses[slot] + constantError
    guard score + error >= best.bar else { return }
    let candidate = VectorScan.Candidate(
      slot: UInt32(slot), lower: score - error, upper: score + error)
    candidates.append(candidate)
    best.insert(candidate.lower)
  }
}
