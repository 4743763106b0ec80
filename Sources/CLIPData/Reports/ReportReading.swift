/// How a table names a label.
enum FindingWord: Sendable {
  case mention
  case absence
  case suspicion
}

/// A word about findings: what it says and where it reaches.
struct ReachingWord: Sendable, Equatable {
  let state: FindingState
  let reachesForward: Bool
  let reachesBack: Bool
  /// Whether it stands between two findings and reaches both.
  let isBetween: Bool

  /// Leaves open which of two findings is meant.
  static let alternative = ReachingWord(
    state: .uncertain, reachesForward: true, reachesBack: true, isBetween: true)

  private init(state: FindingState, reachesForward: Bool, reachesBack: Bool, isBetween: Bool) {
    self.state = state
    self.reachesForward = reachesForward
    self.reachesBack = reachesBack
    self.isBetween = isBetween
  }

  // The phrase has `…` where the finding stands.
  init(_ state: FindingState, as phrase: String) {
    self.init(
      state: state, reachesForward: phrase.hasSuffix("…"), reachesBack: phrase.hasPrefix("…"),
      isBetween: false)
  }
}

/// Something that stands at a place of a report.
struct ReportEvent {
  enum Kind {
    case finding(label: Int, FindingWord)
    /// About one label, or about all.
    case word(ReachingWord, label: Int?)
    case breaks
    case assertion
    case predicate
    /// `or`, which goes on with a list.
    case joining
    case mark(ReportText.Mark)
  }

  let place: Int
  /// Behind its last character; of words only.
  var end = 0
  /// Among events of one place.
  let order: Int
  let kind: Kind
  /// Of the end of a list item: whether what reaches forward goes on.
  var carries = false
}

/// Goes through a report from left to right and keeps what reaches where.
struct ReportReading {
  /// A finding that a report names.
  struct Mention {
    let label: Int
    let word: FindingWord
    /// Nil: the report says nothing of it in the end.
    var state: FindingState?
  }

  private(set) var mentions: [Mention] = []
  private let scopes: [LabelTable.Scope]

  /// What reaches forward at a place: of all labels, and of some.
  private struct Forward {
    var all: FindingState?
    var own: [Int: FindingState] = [:]
    /// Whether it began in an item of a list that is over.
    var isOld = false
    /// Whether it has reached a finding.
    var hasReached = false
  }

  private var forward = Forward()
  /// The same for labels whose scope is the sentence.
  private var wide = Forward()
  /// Findings of this clause that a word behind them may reach.
  private var pending: [Int] = []
  /// Those of the clause before, which a clause without findings of its own speaks about.
  private var previous: [Int] = []
  /// Findings of this sentence whose scope is the sentence.
  private var widePending: [Int] = []
  private var clauseHasFinding = false
  /// Words that reach back, if the clause goes on without a finding.
  private var deferred: [(word: ReachingWord, label: Int?, range: Range<Int>)] = []
  private var clauseStart = 0

  init(scopes: [LabelTable.Scope]) {
    self.scopes = scopes
  }

  mutating func read(_ event: ReportEvent) {
    switch event.kind {
    case .finding(let label, let word): meet(label, word)
    case .word(let word, let label): hear(word, label, at: event.place..<event.end)
    case .breaks:
      endClause(at: event.place)
      previous = []
      wide = Forward()
      widePending = []
    case .predicate:
      if forward.hasReached {
        forward = Forward()
        pending = []
      }
    case .assertion, .joining: break
    case .mark(.item):
      forward.isOld = true
      if !event.carries {
        settle(at: event.place)
        forward = Forward()
        if !pending.isEmpty { previous = pending }
        pending = []
        clauseHasFinding = false
        clauseStart = event.place + 1
      }
    case .mark(.clause): endClause(at: event.place)
    case .mark(.sentence):
      endClause(at: event.place)
      previous = []
      wide = Forward()
      widePending = []
    }
  }

  private mutating func meet(_ label: Int, _ word: FindingWord) {
    let isWide = scopes[label] == .sentence
    let reach = isWide ? wide : forward
    let said = reach.own[label] ?? reach.all
    forward.hasReached = true
    let state: FindingState?
    switch (word, said) {
    case (.mention, _): state = said ?? .present
    case (.absence, nil): state = .absent
    case (.absence, .uncertain): state = .uncertain
    case (.absence, _): state = nil
    case (.suspicion, .absent): state = nil
    case (.suspicion, _): state = .uncertain
    }
    mentions.append(Mention(label: label, word: word, state: state))
    pending.append(mentions.count - 1)
    if isWide { widePending.append(mentions.count - 1) }
    clauseHasFinding = true
    previous = []
    deferred = []
  }

  private mutating func hear(_ word: ReachingWord, _ label: Int?, at range: Range<Int>) {
    if word.reachesForward {
      if let label {
        forward.own[label] = word.state
        wide.own[label] = word.state
      } else {
        // The outer word governs: 'no evidence of possible …' is a negation.
        if forward.all == nil || forward.isOld {
          forward = Forward(all: word.state, own: forward.own)
        }
        wide.all = wide.all ?? word.state
      }
    }
    guard word.reachesBack else { return }
    if word.isBetween {
      if let last = pending.last { apply(word, label, to: [last]) }
    } else if word.reachesForward || pending.isEmpty {
      deferred.append((word, label, range))
    } else {
      apply(word, label, to: pending)
      pending = []
    }
  }

  private mutating func apply(_ word: ReachingWord, _ label: Int?, to places: [Int]) {
    for place in places + widePending where label == nil || mentions[place].label == label {
      switch (mentions[place].word, word.state) {
      case (.mention, _): mentions[place].state = word.state
      case (.absence, .absent), (.suspicion, .absent): mentions[place].state = nil
      case (_, _): mentions[place].state = .uncertain
      }
    }
    widePending = []
  }

  /// Lets words that wait for a finding reach back, at the end of their clause.
  private mutating func settle(at end: Int) {
    for (word, label, range) in deferred {
      // 'No cough' says nothing of the findings of the clause before; 'resolved' does, and so does
      // 'cannot be excluded' where it is the whole clause.
      let isWhole = range.lowerBound - clauseStart <= 1 && end - range.upperBound <= 1
      let places = clauseHasFinding ? pending : word.reachesForward && !isWhole ? [] : previous
      apply(word, label, to: places)
    }
    deferred = []
  }

  private mutating func endClause(at end: Int) {
    settle(at: end)
    if clauseHasFinding { previous = pending }
    pending = []
    clauseHasFinding = false
    forward = Forward()
    clauseStart = end + 1
  }
}
