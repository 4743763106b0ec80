/// What labels reports are read for, and in which words: a table of phrases, not a model.
///
/// A phrase is found in lower case, as whole words; `calcif*` finds all words that begin so, and
/// `heart … enlarged` finds both within one clause. Words about others carry the direction in which
/// they reach: `no …` and `未见…` reach to the end of the clause, `… resolved` and `…消失` reach
/// back, `…可能…` reaches forward if a finding follows and back otherwise.
public struct LabelTable: Sendable, Hashable {
  /// What a label is.
  public enum Role: String, Sendable, Codable, CaseIterable {
    /// Something that may be found in a picture.
    case finding
    /// A tube, a wire, a pacemaker: it does not keep a picture from being normal.
    case device
    /// The label that says that nothing was found; it has no phrases.
    case normal
    /// A finding without a column of its own, which keeps a picture from being normal.
    case other
  }

  /// How far words about others reach.
  public enum Scope: String, Sendable, Codable, CaseIterable {
    case clause
    case sentence
  }

  /// A label and how reports speak of it.
  public struct Entry: Sendable, Hashable {
    /// Its name, a column of the output.
    public var label: String
    /// What it is.
    public var role = Role.finding
    /// How it is called.
    public var mentions: [String] = []
    /// What says by itself that it is absent, as `heart size … normal`.
    public var absences: [String] = []
    /// What makes it likely but does not say so, as `heart failure` does of an enlarged heart.
    public var suspicions: [String] = []
    /// Longer phrases in which a mention means something else.
    public var exclusions: [String] = []
    /// Negations of this label alone, besides the table's.
    public var negations: [String] = []
    /// Uncertainty of this label alone, besides the table's.
    public var uncertainty: [String] = []
    /// How far words about this label reach.
    public var scope = Scope.clause

    /// Names a label.
    public init(_ label: String) { self.label = label }
  }

  /// Words about all labels.
  public struct Words: Sendable, Hashable {
    /// What says that a finding is not there.
    public var negations: [String] = []
    /// What leaves open whether it is.
    public var uncertainty: [String] = []
    /// What leaves open which of its two sides is meant, as `versus`.
    public var alternatives: [String] = []
    /// What looks like one of those and is none, as `no change`.
    public var ignored: [String] = []
    /// What ends the reach of all words, as `but`.
    public var breaks: [String] = []
    /// What makes an item of a list a statement of its own, as `small` in `no edema, small effusion`.
    public var assertions: [String] = []
    /// Verbs after which a negation of what came before has ended, as `seen`.
    public var predicates: [String] = []

    /// No words.
    public init() {}
  }

  /// The labels in the order of the columns.
  public var entries: [Entry]
  /// Words about all labels.
  public var words: Words

  /// The names of the columns.
  public var labels: [String] { entries.filter { $0.role != .other }.map(\.label) }

  /// Joins labels and words.
  ///
  /// - Throws: ``DataError/invalidSetting(_:)`` for a table that no report can be read by.
  public init(_ entries: [Entry], words: Words) throws(DataError) {
    self.entries = entries
    self.words = words
    if let problem { throw .invalidSetting("The table of labels \(problem).") }
  }

  /// The most phrases of a table.
  static let maximumPhrases = 100_000

  /// What keeps reports from being read by it; nil if nothing does.
  var problem: String? {
    guard entries.contains(where: { $0.role == .finding || $0.role == .device }) else {
      return "names no finding"
    }
    var seen = Set<String>()
    var count = 0
    for entry in entries {
      if !seen.insert(entry.label).inserted { return "names '\(entry.label)' twice" }
      if let problem = entry.problem { return "has a label that cannot be found: \(problem)" }
      count += entry.phrases.count + entry.negations.count + entry.uncertainty.count
    }
    for phrase in words.negations + words.uncertainty {
      if let problem = Self.problem(ofWord: phrase) { return problem }
    }
    for phrase in words.alternatives + words.ignored + words.breaks + words.assertions
      + words.predicates
    {
      if let problem = Self.problem(ofPlain: phrase) { return problem }
    }
    if entries.count(where: { $0.role == .normal }) > 1 {
      return "has two labels of the role 'normal'"
    }
    count += words.negations.count + words.uncertainty.count
    return count <= Self.maximumPhrases ? nil : "has more than \(Self.maximumPhrases) phrases"
  }

  fileprivate static func problem(ofPlain phrase: String) -> String? {
    if phrase.hasPrefix("…") || phrase.hasSuffix("…") {
      return "the phrase '\(phrase)' may have … only between words"
    }
    return problem(ofParts: phrase)
  }

  fileprivate static func problem(ofWord phrase: String) -> String? {
    guard phrase.hasPrefix("…") || phrase.hasSuffix("…") else {
      return "'\(phrase)' must have … where the finding stands, as in 'no …', '… resolved'"
    }
    return problem(ofParts: phrase)
  }

  private static func problem(ofParts phrase: String) -> String? {
    let parts = phrase.split(separator: "…").map { ReportText.folded(String($0)) }
      .filter { !$0.isEmpty && $0 != ["*"] }
    if parts.contains(where: { $0.dropLast().contains("*") }) {
      return "the phrase '\(phrase)' may have * only where a word or a part ends"
    }
    if parts.isEmpty { return "the phrase '\(phrase)' has no words" }
    if parts.count > 8 || phrase.unicodeScalars.count > 200 {
      return "the phrase '\(phrase.prefix(20))…' is too long"
    }
    return nil
  }
}

extension LabelTable.Entry {
  /// All that names the label or seems to.
  var phrases: [String] { mentions + absences + suspicions + exclusions }

  /// What keeps the label from being found; nil if nothing does.
  var problem: String? {
    if label.isEmpty { return "it has no name" }
    if role == .normal {
      return phrases.isEmpty
        ? nil : "'\(label)' is what is left when nothing is found, and takes no phrases"
    }
    if mentions.isEmpty, absences.isEmpty, suspicions.isEmpty {
      return "'\(label)' has no phrases"
    }
    let problems =
      phrases.compactMap(LabelTable.problem(ofPlain:))
      + (negations + uncertainty).compactMap(LabelTable.problem(ofWord:))
    return problems.first.map { "'\(label)': \($0)" }
  }
}
