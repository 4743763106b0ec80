/// Byte-pair encoding (arXiv 1508.07909): a word's letters, and then the merges in the order of their
/// ranks, the leftmost first (`models/bpe` of PyPI's `tokenizers`).
final class BytePairModel: Sendable {
  /// What stands for a letter, by whether it begins and whether it ends its word.
  private struct Letters: Sendable {
    var inside = ScalarTable()
    var first = ScalarTable()
    var last = ScalarTable()
    var only = ScalarTable()
  }

  private let letters: Letters
  private let pairs: PairTable
  /// The ids of `<0x00>` to `<0xFF>`, -1 where there is none; empty without byte fallback.
  private let byteIDs: [Int32]
  private let prefix: [UInt8]
  private let suffix: [UInt8]
  private let unknownID: Int32?
  private let fusesUnknown: Bool
  /// Whole words, where they are looked up before anything is merged.
  private let words: PieceTable?

  /// How a file says that its model works.
  struct Options: Sendable {
    var unknownPiece: String?
    var prefix = ""
    var suffix = ""
    var fusesUnknown = false
    var fallsBackToBytes = false
    var ignoresMerges = false
  }

  /// - Throws: ``TokenizerProblem`` where the piece for the unknown is not in the vocabulary.
  init(
    pieces: PieceTable, pairs: PairTable, options: Options
  ) throws(TokenizerProblem) {
    self.pairs = pairs
    prefix = Array(options.prefix.utf8)
    suffix = Array(options.suffix.utf8)
    fusesUnknown = options.fusesUnknown
    words = options.ignoresMerges ? pieces : nil
    unknownID = try options.unknownPiece.map { piece throws(TokenizerProblem) in
      guard let id = pieces.id(of: piece) else {
        throw TokenizerProblem("its 'unk_token' \(piece.prefix(40)) is not in the vocabulary")
      }
      return id
    }
    byteIDs =
      options.fallsBackToBytes
      ? (0..<256).map { pieces.id(of: Self.bytePiece(UInt8($0))) ?? -1 } : []
    letters = try Self.letters(of: pieces, options)
  }

  /// `<0x0A>` of 10.
  static func bytePiece(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x" + (digits.count < 2 ? "0" : "") + digits + ">"
  }

  /// Ids are stored plus one, so that 0 says that there is none.
  private static func letters(
    of pieces: PieceTable, _ options: Options
  ) throws(TokenizerProblem) -> Letters {
    var letters = Letters()
    let prefix = options.prefix.unicodeScalars.map(\.value)
    let suffix = options.suffix.unicodeScalars.map(\.value)
    try pieces.forEachPiece { (id, scalars) throws(TokenizerProblem) in
      func letter(_ hasPrefix: Bool, _ hasSuffix: Bool) -> UInt32? {
        let (before, after) = (hasPrefix ? prefix : [], hasSuffix ? suffix : [])
        guard scalars.count == before.count + 1 + after.count, scalars.starts(with: before),
          scalars.suffix(after.count).elementsEqual(after)
        else { return nil }
        return scalars[before.count]
      }
      let value = UInt32(bitPattern: id) + 1
      if let scalar = letter(true, false) { letters.inside[scalar] = value }
      if let scalar = letter(false, false) { letters.first[scalar] = value }
      if let scalar = letter(true, true) { letters.last[scalar] = value }
      if let scalar = letter(false, true) { letters.only[scalar] = value }
    }
    return letters
  }

  /// Appends the ids of a word's pieces.
  ///
  /// - Parameters:
  ///   - word: Code points, at least one.
  ///   - ids: Where they go.
  ///   - scratch: Room that is used again.
  func append(
    _ word: UnsafeBufferPointer<UInt32>, to ids: inout [Int32], _ scratch: inout MergeQueue
  ) {
    if let words, let id = Self.utf8(of: word, { words.id(of: $0) }) {
      ids.append(id)
      return
    }
    let start = ids.count
    appendLetters(of: word, to: &ids)
    merge(&ids, from: start, &scratch)
  }

  private static func utf8<Result>(
    of word: UnsafeBufferPointer<UInt32>, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
  ) -> Result? {
    guard word.count <= PieceTable.maximumPiece else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4 * word.count) { bytes in
      var count = 0
      for scalar in word {
        UTF8Writer.forEachByte(of: scalar) { byte in
          bytes.initializeElement(at: count, to: byte)
          count += 1
        }
      }
      return body(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(bytes)[..<count]))
    }
  }

  @inline(__always)
  private func appendLetters(of word: UnsafeBufferPointer<UInt32>, to ids: inout [Int32]) {
    var unknown: Int32?
    for index in 0..<word.count {
      let scalar = word[index]
      let isLast = index == word.count - 1
      let value =
        index == 0
        ? (isLast ? letters.only[scalar] : letters.first[scalar])
        : (isLast ? letters.last[scalar] : letters.inside[scalar])
      if value != 0 {
        if let id = unknown {
          ids.append(id)
          unknown = nil
        }
        ids.append(Int32(bitPattern: value - 1))
      } else if !appendBytes(of: scalar, isFirst: index == 0, isLast: isLast, to: &ids),
        let unknownID
      {
        if let id = unknown, !fusesUnknown { ids.append(id) }
        unknown = unknownID
      }
    }
    if let unknown { ids.append(unknown) }
  }

  /// The bytes of a letter without a piece, prefix and suffix included, if all of them have one.
  private func appendBytes(
    of scalar: UInt32, isFirst: Bool, isLast: Bool, to ids: inout [Int32]
  ) -> Bool {
    guard !byteIDs.isEmpty else { return false }
    let start = ids.count
    let parts = [isFirst ? [] : prefix, UTF8Writer.bytes(of: scalar), isLast ? suffix : []]
    for byte in parts.joined() {
      guard byteIDs[Int(byte)] >= 0 else {
        ids.removeLast(ids.count - start)
        return false
      }
      ids.append(byteIDs[Int(byte)])
    }
    return true
  }

  // MARK: Merging

  /// Words of at most so many letters are searched through for the next merge; it is faster there.
  private static let longestSearched = 96

  private func merge(_ ids: inout [Int32], from start: Int, _ queue: inout MergeQueue) {
    let count = ids.count - start
    guard count > 1 else { return }
    if count <= Self.longestSearched {
      mergeBySearch(&ids, from: start)
    } else {
      queue.merge(&ids, from: start, pairs)
    }
  }

  private func mergeBySearch(_ ids: inout [Int32], from start: Int) {
    var count = ids.count - start
    ids.withUnsafeMutableBufferPointer { ids in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.longestSearched) { ranks in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.longestSearched) { merged in
          let word = UnsafeMutableBufferPointer(rebasing: ids[start...])
          count = mergeBySearch(word, ranks: ranks, merged: merged)
        }
      }
    }
    ids.removeLast(ids.count - start - count)
  }

  /// Merges a word in its place.
  ///
  /// - Parameters:
  ///   - word: The ids of its letters; in the end those of its pieces.
  ///   - ranks: Room for the rank of each id and its neighbour.
  ///   - merged: Room for what they become.
  /// - Returns: How many pieces there are.
  private func mergeBySearch(
    _ word: UnsafeMutableBufferPointer<Int32>, ranks: UnsafeMutableBufferPointer<UInt32>,
    merged: UnsafeMutableBufferPointer<Int32>
  ) -> Int {
    func look(at place: Int) {
      let merge = pairs.merge(word[place], word[place + 1])
      ranks[place] = merge.rank
      merged[place] = merge.id
    }
    var count = word.count
    for place in 0..<count - 1 { look(at: place) }
    while count > 1 {
      var best = UInt32.max
      for place in 0..<count - 1 { best = min(best, ranks[place]) }
      guard best != .max else { break }
      var place = 0
      while ranks[place] != best { place += 1 }
      word[place] = merged[place]
      var next = place + 1
      while next < count - 1 {
        word[next] = word[next + 1]
        ranks[next - 1] = ranks[next]
        merged[next - 1] = merged[next]
        next += 1
      }
      count -= 1
      if place > 0 { look(at: place - 1) }
      if place < count - 1 { look(at: place) }
    }
    return count
  }
}
