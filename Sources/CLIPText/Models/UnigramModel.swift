/// The Unigram model (arXiv 1804.10959): of all ways to cut a text into pieces, the one whose scores
/// have the largest sum (`models/unigram` of PyPI's `tokenizers`, `encode_optimized`).
final class UnigramModel: Sendable {
  /// The longest piece in code points, which bounds the time for each.
  static let maximumPiece = 256

  private let trie: PieceTrie
  private let scores: [Double]
  private let unknownID: Int32
  private let unknownScore: Double
  /// The ids of `<0x00>` to `<0xFF>` if there are all of them and they are used.
  private let byteIDs: [Int32]

  /// - Throws: ``TokenizerProblem`` for pieces that are too long or too many.
  init(
    pieces: PieceTable, scores: [Double], unknownID: Int32, fallsBackToBytes: Bool
  ) throws(TokenizerProblem) {
    self.scores = scores
    self.unknownID = unknownID
    unknownScore = (scores.min() ?? 0) - 10
    byteIDs =
      fallsBackToBytes
      ? (0..<256).map { pieces.id(of: BytePairModel.bytePiece(UInt8($0))) ?? -1 } : []
    trie = try PieceTrie(of: pieces, maximumPiece: Self.maximumPiece)
  }

  /// Room for the ways through a text, used again.
  struct Lattice {
    fileprivate var nodes: [Node] = []

    init() {}
  }

  /// The best way to a place in a text: what it ends with, where that begins, and the sum of scores.
  fileprivate struct Node {
    var score: Double
    var start: Int32
    var id: Int32
  }

  /// Appends the ids of a text's pieces.
  func append(
    _ text: UnsafeBufferPointer<UInt32>, to ids: inout [Int32], _ lattice: inout Lattice
  ) {
    if lattice.nodes.count < text.count + 1 {
      lattice.nodes = Array(
        repeating: Node(score: 0, start: -1, id: 0), count: 2 * (text.count + 1))
    }
    lattice.nodes.withUnsafeMutableBufferPointer { nodes in
      fill(nodes, text)
      walk(nodes, text, &ids)
    }
  }

  private func fill(_ nodes: UnsafeMutableBufferPointer<Node>, _ text: UnsafeBufferPointer<UInt32>)
  {
    nodes[0] = Node(score: 0, start: -1, id: 0)
    for place in 1..<text.count + 1 { nodes[place].start = -1 }
    for start in 0..<text.count {
      let score = nodes[start].score
      var hasLetter = false
      var node = PieceTrie.root
      var end = start
      while end < text.count, let edge = trie.edge(from: node, by: text[end]) {
        end += 1
        node = edge.node
        guard edge.piece >= 0 else { continue }
        hasLetter = hasLetter || end == start + 1
        offer(
          Node(score: scores[Int(edge.piece)] + score, start: Int32(start), id: edge.piece),
          &nodes[end])
      }
      if !hasLetter {
        offer(
          Node(score: unknownScore + score, start: Int32(start), id: unknownID), &nodes[start + 1])
      }
    }
  }

  @inline(__always)
  private func offer(_ candidate: Node, _ node: inout Node) {
    if node.start < 0 || candidate.score > node.score { node = candidate }
  }

  /// Goes back from the end; neighbours that are unknown become one.
  private func walk(
    _ nodes: UnsafeMutableBufferPointer<Node>, _ text: UnsafeBufferPointer<UInt32>,
    _ ids: inout [Int32]
  ) {
    let first = ids.count
    var end = text.count
    while end > 0 {
      let node = nodes[end]
      if node.id != unknownID {
        ids.append(node.id)
        end = Int(node.start)
        continue
      }
      var start = Int(node.start)
      while start > 0, nodes[start].id == unknownID { start = Int(nodes[start].start) }
      appendUnknown(UnsafeBufferPointer(rebasing: text[start..<end]), to: &ids)
      end = start
    }
    ids[first...].reverse()
  }

  /// What is unknown may be a piece as a whole, or bytes; in reverse.
  private func appendUnknown(_ text: UnsafeBufferPointer<UInt32>, to ids: inout [Int32]) {
    if let id = trie.piece(text) {
      ids.append(id)
      return
    }
    let start = ids.count
    if !byteIDs.isEmpty {
      for scalar in text { UTF8Writer.forEachByte(of: scalar) { ids.append(byteIDs[Int($0)]) } }
      guard ids[start...].contains(-1) else {
        ids[start...].reverse()
        return
      }
      ids.removeLast(ids.count - start)
    }
    ids.append(unknownID)
  }
}
