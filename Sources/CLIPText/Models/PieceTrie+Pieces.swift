extension PieceTrie {
  /// At most so many edges, 16 bytes each and as many free ones; the largest published vocabulary has
  /// three million.
  private static let maximumEdges = 6 << 20

  /// The tree of a vocabulary's pieces; the empty one is left out.
  ///
  /// - Parameters:
  ///   - pieces: All pieces.
  ///   - maximumPiece: The longest piece, in code points.
  /// - Throws: ``TokenizerProblem`` for pieces that are too long or too many.
  init(of pieces: PieceTable, maximumPiece: Int) throws(TokenizerProblem) {
    var trie = PieceTrie(expectedEdges: 0)
    try pieces.forEachPiece { (id, scalars) throws(TokenizerProblem) in
      guard scalars.count <= maximumPiece else {
        throw TokenizerProblem("the piece of id \(id) has more than \(maximumPiece) characters")
      }
      trie.insert(scalars, piece: id)
      guard trie.edgeCount <= Self.maximumEdges else {
        throw TokenizerProblem("its pieces have too many characters together")
      }
    }
    self = trie
  }
}
