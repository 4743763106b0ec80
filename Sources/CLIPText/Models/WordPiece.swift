/// Splits a word into pieces of the vocabulary, the longest first from the left
/// (`WordpieceTokenizer` of `cn_clip/clip/bert_tokenizer.py`).
///
/// A word that cannot be covered is `[UNK]` as a whole, and so is one that is too long. Only words
/// of at most `BasicTokenizer.maximumWordLength` code points are searched, so the time is
/// proportional to the length of the text.
struct WordPiece: Sendable {
  private let trie: PieceTrie
  private let continuation: UInt32?
  private let unknownID: Int32

  init(vocabulary: Vocabulary) {
    self.init(trie: vocabulary.trie, continuation: "##", unknownID: vocabulary.unknownID)
  }

  /// - Parameters:
  ///   - trie: All pieces.
  ///   - continuation: What pieces begin with that continue a word.
  ///   - unknownID: What stands for a word that cannot be covered.
  init(trie: PieceTrie, continuation: String, unknownID: Int32) {
    self.trie = trie
    self.continuation = trie.node(continuation.unicodeScalars.lazy.map(\.value))
    self.unknownID = unknownID
  }

  /// Appends the ids of a word's pieces.
  ///
  /// - Parameters:
  ///   - word: Code points, at least one; nil for a word that is too long.
  ///   - ids: Where they go.
  @inline(__always)
  func append(_ word: UnsafeBufferPointer<UInt32>?, to ids: inout [Int32]) {
    guard let word else {
      ids.append(unknownID)
      return
    }
    let firstPiece = ids.count
    var start = 0
    while start < word.count {
      guard let (piece, end) = longestPiece(of: word, from: start) else {
        ids.removeLast(ids.count - firstPiece)
        ids.append(unknownID)
        return
      }
      ids.append(piece)
      start = end
    }
  }

  @inline(__always)
  private func longestPiece(
    of word: UnsafeBufferPointer<UInt32>, from start: Int
  ) -> (piece: Int32, end: Int)? {
    guard var node = start == 0 ? PieceTrie.root : continuation else { return nil }
    var longest: (piece: Int32, end: Int)?
    var end = start
    while end < word.count, let edge = trie.edge(from: node, by: word[end]) {
      end += 1
      if edge.piece >= 0 { longest = (edge.piece, end) }
      node = edge.node
    }
    return longest
  }
}
