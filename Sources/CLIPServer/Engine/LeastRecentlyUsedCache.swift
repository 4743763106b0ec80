/// A dictionary of bounded size that forgets what has not been asked for the longest.
///
/// Not safe for use from several threads at once; the owner locks.
package struct LeastRecentlyUsedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// An entry and its neighbours in the order of use.
  private struct Node {
    var key: Key
    var value: Value
    var newer: Int?
    var older: Int?
  }

  private let capacity: Int
  private var places: [Key: Int] = [:]
  private var nodes: [Node] = []
  private var newest: Int?
  private var oldest: Int?

  /// A cache of at most `capacity` entries; none are kept when it is zero or less.
  package init(capacity: Int) {
    self.capacity = max(0, capacity)
  }

  /// How many entries there are.
  package var count: Int { nodes.count }

  /// The value of `key`, which becomes the most recently used.
  package mutating func value(for key: Key) -> Value? {
    guard let place = places[key] else { return nil }
    unlink(place)
    linkAsNewest(place)
    return nodes[place].value
  }

  /// Keeps `value`, and forgets the least recently used entry when there is no room.
  package mutating func insert(_ value: Value, for key: Key) {
    guard capacity > 0 else { return }
    if let place = places[key] {
      nodes[place].value = value
      unlink(place)
      linkAsNewest(place)
    } else if nodes.count == capacity, let place = oldest {
      unlink(place)
      places[nodes[place].key] = nil
      nodes[place] = Node(key: key, value: value)
      places[key] = place
      linkAsNewest(place)
    } else {
      nodes.append(Node(key: key, value: value))
      places[key] = nodes.count - 1
      linkAsNewest(nodes.count - 1)
    }
  }

  private mutating func unlink(_ place: Int) {
    let node = nodes[place]
    if let newer = node.newer { nodes[newer].older = node.older } else { newest = node.older }
    if let older = node.older { nodes[older].newer = node.newer } else { oldest = node.newer }
  }

  private mutating func linkAsNewest(_ place: Int) {
    nodes[place].newer = nil
    nodes[place].older = newest
    if let newest { nodes[newest].newer = place }
    newest = place
    if oldest == nil { oldest = place }
  }
}
