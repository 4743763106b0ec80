import Files

/// What makes pieces of words: the model of `tokenizer.json`.
enum TokenModel: Sendable {
  case wordPiece(WordPiece, maximumWordLength: Int)
  case bytePair(BytePairModel)
  case unigram(UnigramModel)

  /// Merges beyond this number are no tokenizer's; the largest published one has 580,604.
  private static let maximumMerges = 3 << 20

  /// Reads a document's model.
  ///
  /// - Parameter document: With its readers still valid.
  /// - Returns: The model and its pieces.
  /// - Throws: ``TokenizerProblem`` or `JSONProblem` for what cannot be used.
  static func read(_ document: TokenizerDocument) throws -> (TokenModel, PieceTable) {
    let named: String? =
      if case .string(let type)? = document.model["type"] { type } else { nil }
    // Old files do not name their WordPiece.
    let type = named ?? (document.merges != nil ? "BPE" : "WordPiece")
    var part = TokenizerPart(document.model, role: "the model", type: type)
    guard let vocabulary = document.vocabulary else {
      throw TokenizerProblem("\(part.name) has no vocabulary")
    }
    let result: (TokenModel, PieceTable)
    switch type {
    case "WordPiece": result = try wordPiece(&part, vocabulary)
    case "BPE": result = try bytePair(&part, vocabulary, document.merges)
    case "Unigram": result = try unigram(&part, vocabulary)
    default: throw part.unsupported
    }
    try part.finish()
    guard document.merges == nil || type == "BPE" else {
      throw TokenizerProblem("\(part.name) has an option 'merges', which is not known")
    }
    return result
  }

  private static func wordPiece(
    _ part: inout TokenizerPart, _ vocabulary: JSONScanner
  ) throws -> (TokenModel, PieceTable) {
    let pieces = try readPieces(vocabulary)
    let unknown = try part.string("unk_token") ?? "[UNK]"
    guard let unknownID = pieces.id(of: unknown) else {
      throw TokenizerProblem("its 'unk_token' \(unknown.prefix(40)) is not in the vocabulary")
    }
    let model = WordPiece(
      trie: try PieceTrie(of: pieces, maximumPiece: PieceTable.maximumPiece),
      continuation: try part.string("continuing_subword_prefix") ?? "##", unknownID: unknownID)
    let length = try part.integer("max_input_chars_per_word") ?? 100
    return (.wordPiece(model, maximumWordLength: length), pieces)
  }

  private static func bytePair(
    _ part: inout TokenizerPart, _ vocabulary: JSONScanner, _ merges: JSONScanner?
  ) throws -> (TokenModel, PieceTable) {
    switch part.value("dropout") {
    case nil: break
    case .number(let share)? where Double(share) == 0: break
    default: throw TokenizerProblem("\(part.name) drops merges at random")
    }
    let options = BytePairModel.Options(
      unknownPiece: try part.string("unk_token"),
      prefix: try part.string("continuing_subword_prefix") ?? "",
      suffix: try part.string("end_of_word_suffix") ?? "",
      fusesUnknown: try part.bool("fuse_unk", or: false),
      fallsBackToBytes: try part.bool("byte_fallback", or: false),
      ignoresMerges: try part.bool("ignore_merges", or: false))
    let pieces = try readPieces(vocabulary)
    guard let merges else { throw TokenizerProblem("\(part.name) has no merges") }
    let pairs = try readMerges(merges, pieces, prefix: options.prefix)
    return (.bytePair(try BytePairModel(pieces: pieces, pairs: pairs, options: options)), pieces)
  }

  private static func unigram(
    _ part: inout TokenizerPart, _ vocabulary: JSONScanner
  ) throws -> (TokenModel, PieceTable) {
    var scanner = vocabulary
    var pieces = PieceTable()
    var scores: [Double] = []
    try scanner.array { scanner in
      let (piece, score) = try readScoredPiece(&scanner)
      try pieces.insertOrReplace(piece, id: Int64(scores.count))
      scores.append(score)
    }
    guard let unknown = try part.integer("unk_id") else {
      throw TokenizerProblem(
        "\(part.name) has no 'unk_id', so it has no ids for unknown characters")
    }
    guard unknown < scores.count else {
      throw TokenizerProblem("the 'unk_id' \(unknown) of \(part.name) is not in the vocabulary")
    }
    let model = try UnigramModel(
      pieces: pieces, scores: scores, unknownID: Int32(unknown),
      fallsBackToBytes: try part.bool("byte_fallback", or: false))
    return (.unigram(model), pieces)
  }

  // MARK: Lists

  private static func readPieces(_ vocabulary: JSONScanner) throws -> PieceTable {
    var scanner = vocabulary
    var pieces = PieceTable()
    try scanner.object { piece, scanner in
      try pieces.insert(piece, id: try scanner.integer())
    }
    guard pieces.count > 0 else { throw TokenizerProblem("its vocabulary is empty") }
    return pieces
  }

  /// `["▁的", -4.5]`.
  private static func readScoredPiece(_ scanner: inout JSONScanner) throws -> (String, Double) {
    var piece: String?
    var score: Double?
    try scanner.array { scanner in
      if piece == nil {
        piece = try scanner.string()
      } else {
        guard score == nil, let number = try scanner.fact(), let value = RustFloat.parse(number)
        else { throw scanner.problem("expected a piece and its score") }
        score = value
      }
    }
    guard let piece, let score else { throw scanner.problem("expected a piece and its score") }
    return (piece, score)
  }

  /// `"a b"` of old files, `["a", "b"]` of newer ones.
  private static func readMerges(
    _ merges: JSONScanner, _ pieces: PieceTable, prefix: String
  ) throws -> PairTable {
    var list: [(Int32, Int32, Int32)] = []
    var scanner = merges
    try scanner.array { scanner in
      let parts = try readPair(&scanner)
      guard parts.count == 2 else {
        throw TokenizerProblem("its merge \(list.count + 1) is not of two pieces")
      }
      let ids = try parts.map { part in
        guard let id = pieces.id(of: part) else {
          throw TokenizerProblem(
            "its merge \(list.count + 1) is of '\(part.prefix(40))', which is not in the vocabulary"
          )
        }
        return id
      }
      guard let id = pieces.id(of: ids[0], ids[1], droppingPrefix: prefix.utf8.count) else {
        let result = (parts[0] + parts[1]).prefix(40)
        throw TokenizerProblem(
          "its merge \(list.count + 1) makes '\(result)', which is not in the vocabulary")
      }
      list.append((ids[0], ids[1], id))
      guard list.count <= maximumMerges else {
        throw TokenizerProblem("it has more than \(maximumMerges) merges")
      }
    }
    var pairs = PairTable(count: list.count)
    for (rank, (first, second, id)) in list.enumerated() {
      pairs.insert(first, second, PairTable.Merge(rank: UInt32(rank), id: id))
    }
    return pairs
  }

  private static func readPair(_ scanner: inout JSONScanner) throws -> [String] {
    if scanner.peek() == UInt8(ascii: "\"") {
      return try scanner.string().split(separator: " ", omittingEmptySubsequences: false)
        .map(String.init)
    }
    var parts: [String] = []
    try scanner.array { scanner in
      let part = try scanner.string()
      if parts.count < 3 { parts.append(part) }
    }
    return parts
  }
}

/// Decimal numbers as Rust's serde_json reads them, which is not always the nearest number: ties
/// between ways through a text are decided by the last bit.
enum RustFloat {
  /// - Returns: nil for what is no finite number.
  static func parse(_ text: String) -> Double? {
    var significand: UInt64 = 0
    var exponent = 0
    var isFull = false
    var bytes = Array(text.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes = bytes.dropFirst() }
    guard let first = bytes.first, isDigit(first) else { return nil }
    while let byte = bytes.first, isDigit(byte) {
      isFull = isFull || !append(byte, to: &significand)
      if isFull { exponent += 1 }
      bytes = bytes.dropFirst()
    }
    if bytes.first == UInt8(ascii: ".") {
      bytes = bytes.dropFirst()
      guard let first = bytes.first, isDigit(first) else { return nil }
      while let byte = bytes.first, isDigit(byte) {
        isFull = isFull || !append(byte, to: &significand)
        if !isFull { exponent -= 1 }
        bytes = bytes.dropFirst()
      }
    }
    if let byte = bytes.first, byte | 0x20 == UInt8(ascii: "e") {
      guard let power = Int(String(decoding: bytes.dropFirst(), as: UTF8.self)),
        abs(power) < 10_000
      else { return nil }
      exponent += power
      bytes = []
    }
    guard bytes.isEmpty else { return nil }
    let value = scaled(Double(significand), by: exponent)
    return value.isFinite ? (isNegative ? -value : value) : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func append(_ byte: UInt8, to significand: inout UInt64) -> Bool {
    let (product, overflow) = significand.multipliedReportingOverflow(by: 10)
    let (sum, overflow2) = product.addingReportingOverflow(UInt64(byte - 0x30))
    guard !overflow, !overflow2 else { return false }
    significand = sum
    return true
  }

  private static func scaled(_ number: Double, by exponent: Int) -> Double {
    var (number, exponent) = (number, exponent)
    while exponent < -308, number != 0 {
      number /= 1e308
      exponent += 308
    }
    guard number != 0 else { return 0 }
    let power = powers[min(abs(exponent), 308)]
    return exponent < 0 ? number / power : exponent > 308 ? .infinity : number * power
  }

  /// Powers of ten, each the nearest number.
  private static let powers: [Double] = (0...308).map { Double("1e\($0)") ?? .infinity }
}
