import CLIPData
import CLIPText
import Foundation

/// A step that is ready to be applied: its tables are loaded.
struct PreparedStep: Sendable {
  /// Its number in the recipe, from 1.
  let number: Int
  let step: CleaningStep
  let action: Action

  enum Action: Sendable {
    /// Changes texts.
    case change(@Sendable (String) -> String)
    /// Says why a text goes, or nil.
    case text(@Sendable (String) -> String?)
    /// Says why a picture goes, or nil.
    case picture(PictureMeasures.Needs, @Sendable (PictureMeasures) -> String?)
    /// Says why a pair goes by its cosine, or nil.
    case pair(@Sendable (Double) -> String?)
    /// Decides about all rows together.
    case whole(any WholeSetStep)
  }
}

extension PreparedStep.Action {
  /// Steps of one stage are applied in one reading of the rows.
  enum Stage: Equatable {
    case texts, pictures, pairs, whole
  }

  var stage: Stage {
    switch self {
    case .change, .text: .texts
    case .picture: .pictures
    case .pair: .pairs
    case .whole: .whole
    }
  }
}

/// A step that had to be left out, and why.
struct OmittedStep: Sendable, Equatable {
  let number: Int
  let name: String
  let reason: String
}

/// The steps of a recipe that apply, and those that do not.
struct PreparedRecipe: Sendable {
  private(set) var steps: [PreparedStep] = []
  private(set) var omitted: [OmittedStep] = []

  init(_ recipe: CleaningRecipe, options: CleaningOptions, hasPictures: Bool) throws {
    let table = try SimplifiedTable.bundled()
    for (index, step) in recipe.steps.enumerated() {
      if let reason = step.reasonToOmit(options, hasPictures: hasPictures) {
        omitted.append(OmittedStep(number: index + 1, name: step.name, reason: reason))
      } else {
        let action =
          try step.textAction(options, table) ?? step.pictureAction()
          ?? step.wholeAction(options)
        steps.append(PreparedStep(number: index + 1, step: step, action: action))
      }
    }
  }
}

extension CleaningStep {
  /// Whether it compares vectors.
  var needsModel: Bool {
    switch self {
    case .score, .semanticDuplicates: true
    case .contamination(let rule): rule.cosine != nil
    default: false
    }
  }

  private var needsPictures: Bool {
    switch self {
    case .readable, .shortSide, .aspect, .sharpness, .contrast, .pictureEntropy,
      .repeatedPictures, .nearDuplicates, .textsOfPicture, .contamination, .score,
      .semanticDuplicates:
      true
    default: false
    }
  }

  fileprivate func reasonToOmit(_ options: CleaningOptions, hasPictures: Bool) -> String? {
    if needsPictures, !hasPictures { return "the input has no pictures" }
    if needsModel, options.model == nil { return "no model was named (--model)" }
    switch self {
    case .blockedWords where options.blockedWords == nil:
      return "no list of words was given (--blocked-words)"
    case .balance where options.concepts == nil:
      return "no list of concepts was given (--concepts)"
    case .contamination where options.against.isEmpty:
      return "no test sets were named (--against)"
    default: return nil
    }
  }

  fileprivate func textAction(
    _ options: CleaningOptions, _ table: SimplifiedTable
  ) throws -> PreparedStep.Action? {
    switch self {
    case .simplify: return .change { table.simplified($0) }
    case .replaceNames(let rule):
      let names = PersonNames(
        token: rule.token ?? PersonNames.wukongToken, names: options.names,
        guesses: rule.guesses ?? true)
      return .change { names.replaced($0) }
    case .language(let rule): return .text { rule.reason(toDrop: $0, table) }
    case .length(let rule): return .text { rule.reason(toDrop: $0) }
    case .unknownTokens(let rule):
      let tokenizer = try BERTTokenizer(vocabulary: .bundled(), contextLength: 512)
      return .text { text in
        let unknown = tokenizer.ids(for: text).count { $0 == tokenizer.vocabulary.unknownID }
        return Double(unknown) > rule.maximum
          ? "\(unknown) unknown \(unknown == 1 ? "token" : "tokens")" : nil
      }
    case .textEntropy(let rule):
      return .text { text in
        let bits = TextMeasures.entropy(of: text)
        return bits < rule.minimum ? "\(bits.short) bits a character" : nil
      }
    case .emoji: return .text { TextMeasures.emoji(in: $0).map { "holds \($0)" } }
    case .pattern(let rule):
      let patterns = try rule.patterns()
      return .text { text in
        patterns.first { $0.matches(text) }.map { "matches \($0.name)" }
      }
    case .blockedWords:
      let matcher = WordMatcher(options.blockedWords ?? [])
      return .text { matcher.first(in: $0).map { "holds \"\($0)\"" } }
    default: return nil
    }
  }

  fileprivate func pictureAction() -> PreparedStep.Action? {
    func least(
      _ rule: MinimumRule, _ unit: String, _ value: @escaping @Sendable (PictureMeasures) -> Float
    ) -> PreparedStep.Action {
      .picture([.grey, .decoding]) {
        Double(value($0)) < rule.minimum ? "\(unit) \(Double(value($0)).short)" : nil
      }
    }
    switch self {
    case .readable: return .picture(.decoding) { _ in nil }
    case .shortSide(let rule):
      return .picture(.size) {
        Double(min($0.width, $0.height)) < rule.minimum ? "\($0.width) x \($0.height)" : nil
      }
    case .aspect(let rule):
      return .picture(.size) {
        let (short, long) = (min($0.width, $0.height), max($0.width, $0.height))
        return Double(long) > rule.maximum * Double(short) ? "\($0.width) x \($0.height)" : nil
      }
    case .sharpness(let rule): return least(rule, "variance of the Laplacian", \.sharpness)
    case .contrast(let rule): return least(rule, "standard deviation", \.deviation)
    case .pictureEntropy(let rule): return least(rule, "bits", \.entropy)
    case .score(let rule): return .pair { rule.reason(toDrop: $0) }
    default: return nil
    }
  }

  fileprivate func wholeAction(_ options: CleaningOptions) throws -> PreparedStep.Action {
    switch self {
    case .repeatedTexts(let rule): return .whole(RepeatedTexts(rule: rule))
    case .repeatedPictures: return .whole(RepeatedPictures())
    case .nearDuplicates: return .whole(NearDuplicates())
    case .textsOfPicture(let rule): return .whole(TextsOfPicture(maximum: Int(rule.maximum)))
    case .rowsOfHost(let rule): return .whole(RowsOfHost(maximum: Int(rule.maximum)))
    case .contamination(let rule):
      return .whole(Contamination(rule: rule, paths: options.against))
    case .semanticDuplicates(let rule): return .whole(SemanticDuplicates(rule: rule))
    case .balance(let rule):
      return .whole(Balance(rule: rule, concepts: WordMatcher(options.concepts ?? [])))
    default: throw CleaningError.invalid("The step \(name) cannot be applied.")
    }
  }
}

extension CleaningStep.LanguageRule {
  func reason(toDrop text: String, _ table: SimplifiedTable) -> String? {
    let scripts = TextLanguage.Scripts(text)
    let language = TextLanguage(scripts)
    guard allowed.contains(language.rawValue) else { return "language \(language.rawValue)" }
    if let hanShare, language == .chinese, scripts.hanShare < hanShare {
      return "Han share \(scripts.hanShare.short)"
    }
    guard let script, language == .chinese else { return nil }
    let counts = table.scripts(of: text)
    let isTraditional = counts.traditional > counts.simplified
    let isSimplified = counts.simplified > counts.traditional
    if script == "simplified", isTraditional { return "traditional characters" }
    return script == "traditional" && isSimplified ? "simplified characters" : nil
  }
}

extension CleaningStep.LengthRule {
  func reason(toDrop text: String) -> String? {
    if let characters {
      let count = text.unicodeScalars.count
      if !(characters[0]...characters[1]).contains(count) {
        return count == 1 ? "1 character" : "\(count) characters"
      }
    }
    guard let words else { return nil }
    let count = TextMeasures.wordCount(of: text)
    return (words[0]...words[1]).contains(count) ? nil : count == 1 ? "1 word" : "\(count) words"
  }
}

extension CleaningStep.PatternRule {
  func patterns() throws -> [CompiledPattern] {
    let ready = (kinds ?? []).map { $0 == "file_name" ? CaptionPattern.fileName : .advertisement }
    let own = try (expressions ?? []).map { try CaptionPattern(name: $0, expression: $0) }
    return try (ready + own).map(CompiledPattern.init)
  }
}

extension CleaningStep.ScoreRule {
  func reason(toDrop score: Double) -> String? {
    if let cosine, !(cosine[0]...cosine[1]).contains(score) { return "cosine \(score.short)" }
    let length = max(0, 2 - 2 * score).squareRoot()
    guard let distance, !(distance[0]...distance[1]).contains(length) else { return nil }
    return "distance \(length.short)"
  }
}

/// A pattern whose expression is compiled once.
struct CompiledPattern: Sendable {
  let name: String
  private let expression: NSRegularExpression

  init(_ pattern: CaptionPattern) throws {
    name = pattern.name
    expression = try NSRegularExpression(
      pattern: pattern.expression, options: .caseInsensitive)
  }

  func matches(_ text: String) -> Bool {
    expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }
}

extension Double {
  /// With three digits behind the point, or as a whole number where it is large.
  var short: String {
    abs(self) >= 1000 ? String(format: "%.0f", self) : String(format: "%.3f", self)
  }
}
