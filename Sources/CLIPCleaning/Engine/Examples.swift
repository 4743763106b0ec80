import CLIPData

/// A few of many, the same ones whatever the order and the number of threads: those whose hashes are
/// smallest, which is an even sample.
struct Examples<Element: Sendable>: Sendable {
  private let limit: Int
  private var kept: [(key: UInt64, element: Element)] = []

  init(limit: Int) {
    self.limit = max(0, limit)
  }

  /// The sample, in the order of the hashes.
  var elements: [Element] { kept.map(\.element) }

  /// Offers an element.
  mutating func offer(_ name: String, _ element: @autoclosure () -> Element) {
    let key = StableHash.hash(name)
    guard limit > 0, kept.count < limit || key < kept[kept.count - 1].key else { return }
    let place = kept.firstIndex { $0.key > key } ?? kept.count
    kept.insert((key, element()), at: place)
    if kept.count > limit { kept.removeLast() }
  }
}
