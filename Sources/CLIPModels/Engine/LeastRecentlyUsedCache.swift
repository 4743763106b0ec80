/// A dictionary of bounded size that forgets what has not been asked for the longest.
///
/// Not safe for use from several threads at once; the owner locks.
package struct LeastRecentlyUsedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// An entry and its neighbours in the order of use.
  private struct Node {
    var key: Key
    var value: Value
    var bytes: Int
    var newer: Int?
    var older: Int?
  }

  private let byteLimit: Int
  private var places: [Key: Int] = [:]
  private var nodes: [Node?] = []
  private var free: [Int] = []
  private var newest: Int?
  private var oldest: Int?

  /// What all entries are said to take.
  package private(set) var bytes = 0

  /// A cache whose entries take at most `byteLimit` together; none are kept when it is zero or less.
  package init(byteLimit: Int) {
    self.byteLimit = max(0, byteLimit)
  }

  /// How many entries there are.
  package var count: Int { places.count }

  /// The value of `key`, which becomes the most recently used.
  package mutating func value(for key: Key) -> Value? {
    guard let place = places[key] else { return nil }
    unlink(place)
    linkAsNewest(place)
    return nodes[place]?.value
  }

  /// Keeps `value`, and forgets the least recently used entries until there is room.
  ///
  /// - Parameters:
  ///   - value: What is to be kept; not if it alone takes more than there is room.
  ///   - key: What it is asked for by.
  ///   - bytes: What key and value take, at least 1.
  package mutating func insert(_ value: Value, for key: Key, bytes: Int) {
    let bytes = max(1, bytes)
    if let place = places[key] { remove(place) }
    guard bytes <= byteLimit else { return }
    while self.bytes > byteLimit - bytes, let oldest { remove(oldest) }
    let node = Node(key: key, value: value, bytes: bytes)
    let place: Int
    if let empty = free.popLast() {
      place = empty
      nodes[place] = node
    } else {
      place = nodes.count
      nodes.append(node)
    }
    places[key] = place
    self.bytes += bytes
    linkAsNewest(place)
  }

  private mutating func remove(_ place: Int) {
    unlink(place)
    guard let node = nodes[place] else { return }
    places[node.key] = nil
    bytes -= node.bytes
    nodes[place] = nil
    free.append(place)
  }

  private mutating func unlink(_ place: Int) {
    guard let node = nodes[place] else { return }
    if let newer = node.newer { nodes[newer]?.older = node.older } else { newest = node.older }
    if let older = node.older { nodes[older]?.newer = node.newer } else { oldest = node.newer }
  }

  private mutating func linkAsNewest(_ place: Int) {
    nodes[place]?.newer = nil
    nodes[place]?.older = newest
    if let newest { nodes[newest]?.newer = place }
    newest = place
    if oldest == nil { oldest = place }
  }
}
