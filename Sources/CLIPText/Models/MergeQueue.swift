/// Merges long words in n·log n time: neighbours wait in a heap, the lowest rank and then the leftmost
/// first.
struct MergeQueue {
  /// Ranks above the places, so that one comparison orders both.
  private var heap: [UInt64] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []

  init() {}

  /// Merges the ids from a place on.
  mutating func merge(_ ids: inout [Int32], from start: Int, _ pairs: PairTable) {
    let count = Int32(ids.count - start)
    previous = (0..<count).map { $0 - 1 }
    next = (0..<count).map { $0 + 1 }
    heap.removeAll(keepingCapacity: true)
    for place in 0..<count - 1 { offer(place, ids, start, pairs) }
    while let (rank, place) = pop() {
      // A place that was merged away points nowhere, and its neighbours may have changed.
      let right = next[Int(place)]
      guard right >= 0, right < count else { continue }
      let merge = pairs.merge(ids[start + Int(place)], ids[start + Int(right)])
      guard merge.rank == rank else { continue }
      ids[start + Int(place)] = merge.id
      let after = next[Int(right)]
      next[Int(place)] = after
      next[Int(right)] = -1
      if after < count {
        previous[Int(after)] = place
        offer(place, ids, start, pairs)
      }
      if previous[Int(place)] >= 0 { offer(previous[Int(place)], ids, start, pairs) }
    }
    var end = start
    var place: Int32 = 0
    while place < count {
      ids[end] = ids[start + Int(place)]
      end += 1
      place = next[Int(place)]
    }
    ids.removeLast(ids.count - end)
  }

  private mutating func offer(_ place: Int32, _ ids: [Int32], _ start: Int, _ pairs: PairTable) {
    let right = ids[start + Int(next[Int(place)])]
    let merge = pairs.merge(ids[start + Int(place)], right)
    guard merge.rank != .max else { return }
    push(UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: place)))
  }

  private mutating func push(_ key: UInt64) {
    heap.append(key)
    var child = heap.count - 1
    while child > 0, heap[(child - 1) / 2] > heap[child] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> (rank: UInt32, place: Int32)? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        guard heap[child] < heap[parent] else { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return (UInt32(top >> 32), Int32(truncatingIfNeeded: top))
  }
}
