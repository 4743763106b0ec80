/// A tree of code points that finds the pieces of a vocabulary which begin a word.
///
/// All edges lie in one hash table with open addressing: a step is one multiplication and, most
/// often, one cache line. Continuation pieces hang below the node of `##`, so nothing is special
/// about them.
struct PieceTrie: Sendable {
  /// A way from one node to the next, and the piece that ends there, if one does.
  struct Edge: Sendable {
    fileprivate var parent: UInt32
    fileprivate var scalar: UInt32
    fileprivate(set) var node: UInt32
    /// The id of the piece, or a negative number.
    fileprivate(set) var piece: Int32

    fileprivate static let none = Edge(parent: .max, scalar: .max, node: .max, piece: -1)
    fileprivate var isNone: Bool { parent == .max }
  }

  static let root: UInt32 = 0

  /// A power of two of them, at most half in use.
  private var edges: [Edge]
  private var shift: UInt64
  private(set) var edgeCount = 0

  /// - Parameter expectedEdges: Room for so many edges is made at once; more is made on demand.
  init(expectedEdges: Int) {
    let bits = max(4, UInt64(Int.bitWidth - (2 * expectedEdges).leadingZeroBitCount))
    edges = Array(repeating: .none, count: 1 << bits)
    shift = 64 - bits
  }

  /// The edge from a node by a code point; nil if there is none.
  @inline(__always)
  func edge(from parent: UInt32, by scalar: UInt32) -> Edge? {
    let edge = edges[slot(parent, scalar)]
    return edge.isNone ? nil : edge
  }

  /// Makes the code points a piece, in place of an earlier piece of the same code points.
  mutating func insert(_ scalars: some Sequence<UInt32>, piece: Int32) {
    var node = Self.root
    var last: Int?
    for scalar in scalars {
      if 2 * (edgeCount + 1) > edges.count { grow() }
      let slot = slot(node, scalar)
      if edges[slot].isNone {
        edgeCount += 1
        edges[slot] = Edge(parent: node, scalar: scalar, node: UInt32(edgeCount), piece: -1)
      }
      node = edges[slot].node
      last = slot
    }
    if let last { edges[last].piece = piece }
  }

  /// The id of the piece with exactly these code points.
  func piece(_ scalars: some Sequence<UInt32>) -> Int32? {
    var last: Edge?
    for scalar in scalars {
      guard let next = edge(from: last?.node ?? Self.root, by: scalar) else { return nil }
      last = next
    }
    guard let last, last.piece >= 0 else { return nil }
    return last.piece
  }

  /// The node that the code points lead to.
  func node(_ scalars: some Sequence<UInt32>) -> UInt32? {
    var node = Self.root
    for scalar in scalars {
      guard let next = edge(from: node, by: scalar) else { return nil }
      node = next.node
    }
    return node
  }

  /// The place of an edge, or the free place where it belongs.
  @inline(__always)
  private func slot(_ parent: UInt32, _ scalar: UInt32) -> Int {
    let mask = edges.count - 1
    let key = UInt64(parent) << 21 | UInt64(scalar)
    // Fibonacci hashing: 2^64 divided by the golden ratio.
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while true {
      let edge = edges[slot]
      if edge.isNone || (edge.parent == parent && edge.scalar == scalar) { return slot }
      slot = (slot + 1) & mask
    }
  }

  private mutating func grow() {
    let old = edges
    edges = Array(repeating: .none, count: 2 * old.count)
    shift -= 1
    for edge in old where !edge.isNone {
      edges[slot(edge.parent, edge.scalar)] = edge
    }
  }
}
