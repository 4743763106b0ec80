/// All steps from a text to ids, but for length.
final class TokenPipeline: Sendable {
  /// All pieces, added ones included.
  let pieces: PieceTable
  let marks: TextMarks
  private let normalizers: [NormalizerStep]
  private let preTokenizers: [PreTokenizerStep]
  private let splitsAsBERT: Bool
  private let addedTokens: AddedTokens
  private let model: TokenModel
  private let facts: ScalarFacts

  /// More steps than this are no tokenizer's.
  private static let maximumSteps = 64

  /// Reads a document's parts.
  init(_ document: TokenizerDocument) throws {
    let facts = ScalarFacts.shared
    self.facts = facts
    normalizers = try NormalizerStep.read(document.normalizer)
    preTokenizers = try PreTokenizerStep.read(document.preTokenizer)
    if case .object(let members) = document.preTokenizer {
      splitsAsBERT = members["type"] == .string("BertPreTokenizer")
    } else {
      splitsAsBERT = false
    }
    guard normalizers.count + preTokenizers.count <= Self.maximumSteps else {
      throw TokenizerProblem("it has more than \(Self.maximumSteps) normalizers and pre-tokenizers")
    }
    marks = try TextMarks.read(document.postProcessor)
    var all: PieceTable
    (model, all) = try TokenModel.read(document)
    let tokens = try Self.ids(of: document.addedTokens, in: &all)
    pieces = all
    let steps = normalizers
    addedTokens = AddedTokens(tokens, facts) { content in
      var text = NormalizedText()
      text.reset(to: content, beginsSource: true)
      for step in steps { text.apply(step, facts) }
      return text.scalars
    }
    guard marks.behind.count <= 1 else {
      throw TokenizerProblem("its post-processor puts more than one id behind a text")
    }
    for id in marks.before + marks.behind where pieces.piece(of: id) == nil {
      throw TokenizerProblem("its post-processor adds the id \(id), which no piece has")
    }
  }

  /// Added tokens have the vocabulary's ids, or the next free ones, which the file says too.
  private static func ids(
    of added: [(id: Int, token: AddedTokens.Token)], in pieces: inout PieceTable
  ) throws(TokenizerProblem) -> [(id: Int32, token: AddedTokens.Token)] {
    var tokens: [(id: Int32, token: AddedTokens.Token)] = []
    for (id, token) in added where !token.content.isEmpty {
      let name = token.content.prefix(40)
      if let known = pieces.id(of: token.content) {
        guard Int(known) == id else {
          throw TokenizerProblem("the added token '\(name)' has the id \(id), but also \(known)")
        }
      } else {
        try pieces.insert(token.content, id: Int64(id))
      }
      let isSpace = token.content.unicodeScalars.allSatisfy(\.properties.isWhitespace)
      guard !isSpace || !(token.stripsLeft || token.stripsRight) else {
        throw TokenizerProblem("the added token '\(name)' strips the spaces that it is made of")
      }
      tokens.append((Int32(id), token))
    }
    return tokens
  }

  /// Whether words are BERT's in lower case, and their pieces too.
  var isLowercaseBERT: Bool {
    guard case .wordPiece = model else { return false }
    let isLowercase = normalizers.allSatisfy { step in
      if case .bert(let cleaning) = step { cleaning.lowercases } else { false }
    }
    // Old files leave out how words are split.
    return isLowercase && (preTokenizers.isEmpty || splitsAsBERT)
  }

  /// The lengths that a text can be cut to.
  var contextLengths: ClosedRange<Int> {
    marks.before.count + marks.behind.count + 1...Self.longestContext
  }

  private static let longestContext = 1 << 16

  /// The room that a batch of texts is tokenized in.
  struct Run {
    private let pipeline: TokenPipeline
    private var source: [UInt32] = []
    private var text = NormalizedText()
    private var split = SplitText()
    private var queue = MergeQueue()
    private var lattice = UnigramModel.Lattice()

    init(_ pipeline: TokenPipeline) { self.pipeline = pipeline }

    /// Appends a text's ids, without marks; stops some ids after `limit`.
    mutating func append(
      _ bytes: UnsafeBufferPointer<UInt8>, to ids: inout [Int32], limit: Int
    ) {
      source.removeAll(keepingCapacity: true)
      var position = 0
      while let scalar = UTF8Reader.next(in: bytes, &position) { source.append(scalar) }
      let end = ids.count + limit
      let source = source
      _ = pipeline.addedTokens.forEachPlainSection(in: source) { section in
        switch section {
        case .token(let id): ids.append(id)
        case .text(let range): append(source[range], to: &ids, end: end)
        }
        return ids.count <= end
      }
    }

    private mutating func append(
      _ section: ArraySlice<UInt32>, to ids: inout [Int32], end: Int
    ) {
      text.reset(to: section, beginsSource: section.startIndex == 0)
      for step in pipeline.normalizers { text.apply(step, pipeline.facts) }
      let scalars = text.scalars
      _ = pipeline.addedTokens.forEachNormalizedSection(in: scalars) { section in
        switch section {
        case .token(let id): ids.append(id)
        case .text(let range):
          split.reset(to: scalars[range], leadingCount: text.leadingCount - range.lowerBound)
          for step in pipeline.preTokenizers { split.apply(step, pipeline.facts) }
          appendWords(to: &ids, end: end)
        }
        return ids.count <= end
      }
    }

    private mutating func appendWords(to ids: inout [Int32], end: Int) {
      switch pipeline.model {
      case .wordPiece(let model, let maximumLength):
        forEachWord(&ids, end) { word, ids in
          model.append(word.count > maximumLength ? nil : word, to: &ids)
        }
      case .bytePair(let model):
        forEachWord(&ids, end) { word, ids in model.append(word, to: &ids, &queue) }
      case .unigram(let model):
        forEachWord(&ids, end) { word, ids in model.append(word, to: &ids, &lattice) }
      }
    }

    /// Hands on the words until there are ids enough.
    @inline(__always)
    private func forEachWord(
      _ ids: inout [Int32], _ end: Int,
      _ body: (UnsafeBufferPointer<UInt32>, inout [Int32]) -> Void
    ) {
      split.scalars.withUnsafeBufferPointer { scalars in
        for range in split.words {
          body(UnsafeBufferPointer(rebasing: scalars[range]), &ids)
          if ids.count > end { return }
        }
      }
    }
  }
}
