import CLIPModels

extension CleaningStep: Codable {
  /// The name in recipes and reports.
  public var name: String {
    switch self {
    case .simplify: "simplify"
    case .replaceNames: "replace_names"
    case .language: "language"
    case .length: "length"
    case .unknownTokens: "unknown_tokens"
    case .textEntropy: "text_entropy"
    case .emoji: "emoji"
    case .pattern: "pattern"
    case .blockedWords: "blocked_words"
    case .readable: "readable"
    case .shortSide: "short_side"
    case .aspect: "aspect"
    case .sharpness: "sharpness"
    case .contrast: "contrast"
    case .pictureEntropy: "picture_entropy"
    case .repeatedTexts: "repeated_texts"
    case .repeatedPictures: "repeated_pictures"
    case .nearDuplicates: "near_duplicates"
    case .textsOfPicture: "texts_of_picture"
    case .rowsOfHost: "rows_of_host"
    case .contamination: "contamination"
    case .score: "score"
    case .semanticDuplicates: "semantic_duplicates"
    case .balance: "balance"
    }
  }

  /// Its numbers; nil for a step without any.
  var parameters: (any Codable & Sendable)? {
    switch self {
    case .simplify, .emoji, .blockedWords, .readable, .repeatedPictures, .nearDuplicates: nil
    case .replaceNames(let rule): rule
    case .language(let rule): rule
    case .length(let rule): rule
    case .pattern(let rule): rule
    case .unknownTokens(let rule), .aspect(let rule), .textsOfPicture(let rule),
      .rowsOfHost(let rule):
      rule
    case .textEntropy(let rule), .shortSide(let rule), .sharpness(let rule), .contrast(let rule),
      .pictureEntropy(let rule):
      rule
    case .repeatedTexts(let rule): rule
    case .contamination(let rule): rule
    case .score(let rule): rule
    case .semanticDuplicates(let rule): rule
    case .balance(let rule): rule
    }
  }

  /// Reads a step's form in a recipe.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a step")
    // Keys were turned from snake case, bare names were not.
    let words = choice.name.reduce(into: "") { word, letter in
      word += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
    }
    switch words {
    case "simplify": self = .simplify
    case "replace_names":
      self = .replaceNames(try choice.numbersIfPresent(NamesRule.self) ?? NamesRule())
    case "language": self = .language(try choice.numbers(LanguageRule.self))
    case "length": self = .length(try choice.numbers(LengthRule.self))
    case "unknown_tokens": self = .unknownTokens(try choice.numbers(MaximumRule.self))
    case "text_entropy": self = .textEntropy(try choice.numbers(MinimumRule.self))
    case "emoji": self = .emoji
    case "pattern": self = .pattern(try choice.numbers(PatternRule.self))
    case "blocked_words": self = .blockedWords
    case "readable": self = .readable
    case "short_side": self = .shortSide(try choice.numbers(MinimumRule.self))
    case "aspect": self = .aspect(try choice.numbers(MaximumRule.self))
    case "sharpness": self = .sharpness(try choice.numbers(MinimumRule.self))
    case "contrast": self = .contrast(try choice.numbers(MinimumRule.self))
    case "picture_entropy": self = .pictureEntropy(try choice.numbers(MinimumRule.self))
    case "repeated_texts": self = .repeatedTexts(try choice.numbers(RepeatedTextsRule.self))
    case "repeated_pictures": self = .repeatedPictures
    case "near_duplicates": self = .nearDuplicates
    case "texts_of_picture": self = .textsOfPicture(try choice.numbers(MaximumRule.self))
    case "rows_of_host": self = .rowsOfHost(try choice.numbers(MaximumRule.self))
    case "contamination":
      self = .contamination(
        try choice.numbersIfPresent(ContaminationRule.self) ?? ContaminationRule())
    case "score": self = .score(try choice.numbers(ScoreRule.self))
    case "semantic_duplicates": self = .semanticDuplicates(try choice.numbers(SemanticRule.self))
    case "balance": self = .balance(try choice.numbers(BalanceRule.self))
    default:
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "'\(words)' is no step; there are \(Self.names.joined(separator: ", "))"
        ))
    }
  }

  /// Writes the step as a recipe has it.
  public func encode(to encoder: any Encoder) throws {
    guard let parameters else { return try encoder.encodeChoice(name) }
    try encoder.encodeChoice(name, parameters)
  }

  /// All names.
  static let names = [
    "simplify", "replace_names", "language", "length", "unknown_tokens", "text_entropy", "emoji",
    "pattern", "blocked_words", "readable", "short_side", "aspect", "sharpness", "contrast",
    "picture_entropy", "repeated_texts", "repeated_pictures", "near_duplicates",
    "texts_of_picture", "rows_of_host", "contamination", "score", "semantic_duplicates", "balance",
  ]
}
