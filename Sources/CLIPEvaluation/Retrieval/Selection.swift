import Threads

/// The candidates for the best k of one query, while scores come in.
struct Selection {
  private let k: Int
  private let margin: Float
  private var candidates: [(score: Float, place: Int)] = []
  /// Scores up to this cannot be among the best k any more.
  private var threshold = -Float.infinity
  /// Number of candidates at which the weak ones are thrown out.
  private var limit: Int

  /// - Parameters:
  ///   - k: how many are wanted.
  ///   - margin: scores that differ by less than this may be in the wrong order.
  init(k: Int, margin: Float) {
    self.k = k
    self.margin = margin
    limit = 4 * k + 64
  }

  /// Takes the scores of consecutive gallery vectors.
  mutating func offer(_ scores: UnsafeBufferPointer<Float>, from start: Int) {
    let width = 16
    var index = 0
    let bytes = UnsafeRawBufferPointer(scores)
    while index + width <= scores.count {
      let vector = bytes.loadUnaligned(
        fromByteOffset: index * MemoryLayout<Float>.stride, as: SIMD16<Float>.self)
      if any(vector .> threshold) {
        for lane in 0..<width where vector[lane] > threshold {
          add(vector[lane], start + index + lane)
        }
      }
      index += width
    }
    while index < scores.count {
      if scores[index] > threshold { add(scores[index], start + index) }
      index += 1
    }
  }

  private mutating func add(_ score: Float, _ place: Int) {
    candidates.append((score, place))
    guard candidates.count >= limit else { return }
    raiseThreshold()
    // Many equal scores: let the list grow rather than sort it again and again.
    limit = max(limit, 2 * candidates.count)
  }

  private mutating func raiseThreshold() {
    guard candidates.count > k else { return }
    let kth = candidates.map(\.score).sorted(by: >)[k - 1]
    threshold = (kth - margin).nextDown
    candidates.removeAll { $0.score <= threshold }
  }

  /// The best k by exact scores, ties in the order of the gallery.
  mutating func best(_ exactScore: (_ place: Int) -> Double) -> [Int] {
    raiseThreshold()
    return candidates.map { (score: exactScore($0.place), place: $0.place) }
      .sorted { ($1.score, $0.place) < ($0.score, $1.place) }
      .prefix(k).map(\.place)
  }
}

/// The selections of a block of queries, filled by several threads.
final class SelectionBlock: Sendable {
  // Each row belongs to one thread at a time: a loop gives every row out once.
  nonisolated(unsafe) private let rows: UnsafeMutableBufferPointer<Selection>

  init(count: Int, k: Int, margin: Float) {
    rows = .allocate(capacity: count)
    rows.initialize(repeating: Selection(k: k, margin: margin))
  }

  deinit {
    rows.deinitialize()
    rows.deallocate()
  }

  /// Takes a matrix of scores, `[rows, gallery vectors]`.
  func offer(_ scores: UnsafeBufferPointer<Float>, from start: Int) {
    let width = scores.count / rows.count
    nonisolated(unsafe) let scores = scores
    _ = inParallel(rows.count) { [self] row in
      rows[row].offer(
        UnsafeBufferPointer(rebasing: scores[row * width..<(row + 1) * width]), from: start)
    }
  }

  /// The best places of every row.
  func best(
    _ exactScore: @escaping @Sendable (_ row: Int, _ place: Int) -> Double
  ) -> [[Int]] {
    inParallel(rows.count) { [self] row in rows[row].best { exactScore(row, $0) } }
  }
}
