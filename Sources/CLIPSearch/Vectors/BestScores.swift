/// The `capacity` largest of the numbers seen so far, and with them the bar for the next.
struct BestScores {
  /// A heap with its smallest number first.
  private(set) var scores: [Float] = []
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    scores.reserveCapacity(min(capacity, 4096))
  }

  /// What a number must reach to be among the best.
  var bar: Float { scores.count < capacity ? -.infinity : scores[0] }

  mutating func insert(_ score: Float) {
    if scores.count < capacity {
      scores.append(score)
      rise(from: scores.count - 1)
    } else if score > scores[0] {
      scores[0] = score
      sink()
    }
  }

  private mutating func rise(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard scores[child] < scores[parent] else { return }
      scores.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var smallest = 2 * parent + 1
      guard smallest < scores.count else { return }
      if smallest + 1 < scores.count, scores[smallest + 1] < scores[smallest] { smallest += 1 }
      guard scores[smallest] < scores[parent] else { return }
      scores.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
