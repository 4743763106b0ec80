/// Things that are due at some time, the earliest first.
struct TimerHeap<Item> {
  private var items: [(due: ContinuousClock.Instant, item: Item)] = []

  /// When the first is due.
  var next: ContinuousClock.Instant? { items.first?.due }

  mutating func add(_ item: Item, due: ContinuousClock.Instant) {
    items.append((due, item))
    var index = items.count - 1
    while index > 0, items[index].due < items[(index - 1) / 2].due {
      items.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes one that is due; nil if none is.
  mutating func takeDue(_ now: ContinuousClock.Instant) -> Item? {
    guard let first = items.first, first.due <= now else { return nil }
    items.swapAt(0, items.count - 1)
    items.removeLast()
    var index = 0
    while true {
      let children = (2 * index + 1..<2 * index + 3).clamped(to: 0..<items.count)
      guard let least = children.min(by: { items[$0].due < items[$1].due }),
        items[least].due < items[index].due
      else { return first.item }
      items.swapAt(least, index)
      index = least
    }
  }
}
