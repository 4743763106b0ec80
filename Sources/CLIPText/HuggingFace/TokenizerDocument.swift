import Files

/// `tokenizer.json` as it stands in the file: the parts that say how, and where the large lists are.
struct TokenizerDocument {
  private(set) var normalizer = JSONPart.null
  private(set) var preTokenizer = JSONPart.null
  private(set) var postProcessor = JSONPart.null
  private(set) var truncation = JSONPart.null
  private(set) var padding = JSONPart.null
  private(set) var addedTokens: [(id: Int, token: AddedTokens.Token)] = []
  /// The small members of the model.
  private(set) var model: [String: JSONPart] = [:]
  /// Readers that stand before the model's vocabulary and merges; a list of merges may come first.
  private(set) var vocabulary: JSONScanner?
  private(set) var merges: JSONScanner?

  /// At most so many tokens are added; the largest published tokenizers have some thousands.
  private static let maximumAdded = 100_000

  /// Reads a document; the bytes must stay valid while its readers are used.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    var scanner = JSONScanner(bytes)
    var known: Set<String> = []
    try scanner.object { key, scanner in
      guard known.insert(key).inserted else {
        throw scanner.problem("the key \"\(key.prefix(40))\" stands twice")
      }
      switch key {
      case "version":
        guard try JSONPart(from: &scanner) == .string("1.0") else {
          throw TokenizerProblem("its version is not 1.0")
        }
      case "normalizer": normalizer = try JSONPart(from: &scanner)
      case "pre_tokenizer": preTokenizer = try JSONPart(from: &scanner)
      case "post_processor": postProcessor = try JSONPart(from: &scanner)
      case "truncation": truncation = try JSONPart(from: &scanner)
      case "padding": padding = try JSONPart(from: &scanner)
      case "added_tokens": try readAddedTokens(&scanner)
      case "model": try readModel(&scanner)
      // Ids become texts in another way here.
      case "decoder": try scanner.skip()
      default: throw TokenizerProblem("it has a part '\(key.prefix(40))', which is not known")
      }
    }
    try scanner.end()
    guard known.contains("model") else { throw TokenizerProblem("it has no model") }
  }

  private mutating func readModel(_ scanner: inout JSONScanner) throws {
    try scanner.object { key, scanner in
      switch key {
      case "vocab" where vocabulary == nil:
        vocabulary = scanner
        try scanner.skip()
      case "merges" where merges == nil:
        merges = scanner
        try scanner.skip()
      default:
        guard model.updateValue(try JSONPart(from: &scanner), forKey: key) == nil,
          key != "vocab", key != "merges"
        else { throw scanner.problem("the key \"\(key.prefix(40))\" stands twice") }
      }
    }
  }

  private mutating func readAddedTokens(_ scanner: inout JSONScanner) throws {
    if scanner.takeNull() { return }
    try scanner.array { scanner in
      guard addedTokens.count < Self.maximumAdded else {
        throw TokenizerProblem("it adds more than \(Self.maximumAdded) tokens")
      }
      guard case .object(let members) = try JSONPart(from: &scanner) else {
        throw scanner.problem("expected an added token")
      }
      var part = TokenizerPart(members, role: "an added token", type: "")
      let content = try part.requiredString("content")
      guard let id = try part.integer("id") else { throw part.problem("id", "a whole number") }
      let token = AddedTokens.Token(
        content: content, isSingleWord: try part.bool("single_word", or: false),
        stripsLeft: try part.bool("lstrip", or: false),
        stripsRight: try part.bool("rstrip", or: false),
        isNormalized: try part.bool("normalized", or: true),
        isSpecial: try part.bool("special", or: false))
      part.ignore("type")
      try part.finish()
      addedTokens.append((id, token))
    }
  }
}
