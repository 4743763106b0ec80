import Decompression
import Files

/// From text to ids as `SimpleTokenizer` of openai/CLIP goes, but for length.
final class OpenAIEncoding: Sendable {
  let file: TokenizerFile
  let pieces: PieceTable
  let marks: TextMarks
  private let model: BytePairModel
  private let words: SplitPattern
  private let facts = ScalarFacts.shared
  private let repair = TextRepair()
  private let references = HTMLReferences.shared

  /// Lines that the original reads as merges: ids go to 49,152, less letters and marks.
  private static let mergeCount = 49152 - 256 - 2
  private static let startPiece = "<|startoftext|>"
  private static let endPiece = "<|endoftext|>"
  private static let wordEnd = "</w>"

  /// - Throws: ``TokenizerProblem`` for what is no vocabulary of this kind.
  init(file bytes: [UInt8]) throws(TokenizerProblem) {
    let isPacked = bytes.starts(with: [0x1F, 0x8B])
    file = TokenizerFile(
      name: "bpe_simple_vocab_16e6.txt" + (isPacked ? ".gz" : ""), bytes: bytes)
    var content = bytes
    if isPacked {
      do {
        content = try bytes.withUnsafeBytes { (bytes) throws(DecompressionError) in
          try Packing.gzip.unpack(bytes, limit: OpenAITokenizer.maximumSize)
        }
      } catch { throw TokenizerProblem("\(error)") }
    }
    let merges = try Self.merges(in: content)
    let (pieces, pairs) = try Self.vocabulary(of: merges)
    self.pieces = pieces
    model = try BytePairModel(
      pieces: pieces, pairs: pairs, options: BytePairModel.Options(suffix: Self.wordEnd))
    guard let start = pieces.id(of: Self.startPiece), let end = pieces.id(of: Self.endPiece) else {
      throw TokenizerProblem("it has no marks")
    }
    marks = TextMarks(before: [start], behind: [end])
    words = Self.pattern
  }

  /// Two pieces a line, after one line that says what the file is.
  private static func merges(in content: [UInt8]) throws(TokenizerProblem) -> [(String, String)] {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw TokenizerProblem("it is not UTF-8 text")
    }
    let lines = text.utf8.split(
      separator: 0x0A, maxSplits: mergeCount + 1, omittingEmptySubsequences: false)
    guard lines.count > mergeCount else {
      throw TokenizerProblem("it has \(lines.count) lines, not the \(mergeCount + 1) of OpenAI's")
    }
    var merges: [(String, String)] = []
    merges.reserveCapacity(mergeCount)
    for (index, line) in lines[1...mergeCount].enumerated() {
      let parts = line.split(separator: 0x20)
      guard parts.count == 2, line.count <= PieceTable.maximumPiece else {
        throw TokenizerProblem("line \(index + 2) is not of two pieces")
      }
      merges.append((String(Substring(parts[0])), String(Substring(parts[1]))))
    }
    return merges
  }

  /// Letters, letters that end words, what merges make, and the marks.
  private static func vocabulary(
    of merges: [(String, String)]
  ) throws(TokenizerProblem) -> (PieceTable, PairTable) {
    var pieces = PieceTable(expected: mergeCount + 514)
    // Bytes that stand for themselves come first.
    let letters = ByteLevel.letters.sorted().compactMap { Unicode.Scalar($0).map { String($0) } }
    var next: Int64 = 0
    for piece in letters + letters.map({ $0 + wordEnd }) {
      try pieces.insert(piece, id: next)
      next += 1
    }
    for (first, second) in merges {
      try pieces.insertOrReplace(first + second, id: next)
      next += 1
    }
    for piece in [startPiece, endPiece] {
      try pieces.insert(piece, id: next)
      next += 1
    }
    var pairs = PairTable(count: merges.count)
    for (rank, (first, second)) in merges.enumerated() {
      guard let one = pieces.id(of: first), let two = pieces.id(of: second),
        let merged = pieces.id(of: first + second)
      else { throw TokenizerProblem("line \(rank + 2) merges a piece that no line makes") }
      pairs.insert(one, two, PairTable.Merge(rank: UInt32(rank), id: merged))
    }
    return (pieces, pairs)
  }

  /// The original's expression, which ignores case: ſ is an s.
  private static let pattern: SplitPattern = {
    func literal(_ text: String) -> [SplitPattern.Run] {
      text.unicodeScalars.map { scalar in
        var ranges = [scalar.value...scalar.value]
        if scalar == "s" { ranges.append(0x17F...0x17F) }
        return SplitPattern.Run(scalars: ScalarClass(ranges: ranges))
      }
    }
    // U+0345 has the capital of a letter, so it is no sign; it is no letter either.
    var sign = ScalarClass(
      flags: [.space, .pythonLetter, .pythonNumber], ranges: [0x345...0x345])
    sign.isNegated = true
    let many = 1...Int.max
    return SplitPattern(
      [startPiece, endPiece, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map(literal) + [
        [SplitPattern.Run(scalars: ScalarClass(flags: .pythonLetter), counts: many)],
        [SplitPattern.Run(scalars: ScalarClass(flags: .pythonNumber))],
        [SplitPattern.Run(scalars: sign, counts: many)],
      ])
  }()

  // MARK: Texts

  /// The room that a batch of texts is tokenized in.
  struct Run {
    private let encoding: OpenAIEncoding
    private var scalars: [UInt32] = []
    private var letters: [UInt32] = []
    private var queue = MergeQueue()

    init(_ encoding: OpenAIEncoding) { self.encoding = encoding }

    /// Appends a text's ids, without marks; stops some ids after `limit`.
    mutating func append(
      _ bytes: UnsafeBufferPointer<UInt8>, to ids: inout [Int32], limit: Int
    ) {
      scalars.removeAll(keepingCapacity: true)
      var position = 0
      while let scalar = UTF8Reader.next(in: bytes, &position) { scalars.append(scalar) }
      encoding.clean(&scalars)
      let end = ids.count + limit
      scalars.withUnsafeBufferPointer { scalars in
        var place = 0
        while place < scalars.count, ids.count <= end {
          guard let wordEnd = encoding.words.match(in: scalars, at: place, end: scalars.count)
          else {
            place += 1
            continue
          }
          appendWord(UnsafeBufferPointer(rebasing: scalars[place..<wordEnd]), to: &ids)
          place = wordEnd
        }
      }
    }

    private mutating func appendWord(
      _ word: UnsafeBufferPointer<UInt32>, to ids: inout [Int32]
    ) {
      if let id = encoding.mark(word) {
        ids.append(id)
        return
      }
      letters.removeAll(keepingCapacity: true)
      for scalar in word { ByteLevel.append(scalar, to: &letters) }
      letters.withUnsafeBufferPointer { encoding.model.append($0, to: &ids, &queue) }
    }
  }

  /// The id of a word that is one of the two marks.
  private func mark(_ word: UnsafeBufferPointer<UInt32>) -> Int32? {
    guard word.count > 2, word[0] == 0x3C, word[1] == 0x7C else { return nil }
    if word.elementsEqual(Self.startPiece.unicodeScalars.lazy.map(\.value)) {
      return marks.before[0]
    }
    if word.elementsEqual(Self.endPiece.unicodeScalars.lazy.map(\.value)) { return marks.behind[0] }
    return nil
  }

  /// `whitespace_clean(basic_clean(text)).lower()`.
  private func clean(_ scalars: inout [UInt32]) {
    repair.apply(to: &scalars)
    scalars = references.replaced(in: references.replaced(in: scalars))
    collapseSpaces(&scalars)
    PythonLowercase.apply(to: &scalars, facts)
  }

  /// One space for each run of white space, none at the ends; Python counts U+001C to U+001F.
  private func collapseSpaces(_ scalars: inout [UInt32]) {
    var end = 0
    var isPending = false
    for scalar in scalars {
      if facts[scalar].contains(.space) || (0x1C...0x1F).contains(scalar) {
        isPending = end > 0
        continue
      }
      if isPending {
        scalars[end] = 0x20
        end += 1
        isPending = false
      }
      scalars[end] = scalar
      end += 1
    }
    scalars.removeLast(scalars.count - end)
  }
}

/// `str.lower` of Python 3.11.
enum PythonLowercase {
  static func apply(to scalars: inout [UInt32], _ facts: ScalarFacts) {
    let source = scalars
    var hasDottedI = false
    for (index, scalar) in source.enumerated() {
      if scalar == 0x3A3 {
        scalars[index] = isFinal(index, in: source) ? 0x3C2 : 0x3C3
      } else if scalar == 0x130 {
        hasDottedI = true
      } else {
        scalars[index] = facts.pythonLowercased(scalar)
      }
    }
    if hasDottedI { scalars = scalars.flatMap { $0 == 0x130 ? [0x69, 0x307] : [$0] } }
  }

  /// Final_Sigma (the Unicode Standard, table 3-17): behind a cased letter and not before one.
  private static func isFinal(_ index: Int, in scalars: [UInt32]) -> Bool {
    let tables = UnicodeTables.shared
    guard
      let before = scalars[..<index].last(where: { !tables.isCaseIgnorable($0) }),
      tables.isCased(before)
    else { return false }
    guard let after = scalars[(index + 1)...].first(where: { !tables.isCaseIgnorable($0) })
    else { return true }
    return !tables.isCased(after)
  }
}
